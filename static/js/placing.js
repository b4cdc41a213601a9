// Where something that is put in stands: words in the line, blocks between the two parts of the paragraph.
import { BLOCKS } from "./cleaning.js";

export function closest(node, selector) {
  return (node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement)?.closest(selector);
}

const elements = (given) => given.filter((node) => node.nodeType === Node.ELEMENT_NODE);
const isEmpty = (node) => !node.textContent.trim() && !node.matches?.("img, math") && !node.querySelector?.("img, math");
const hasCells = (node) => node.querySelectorAll("td, th").length > 1; // one alone is what it says
export const isNothing = (given) => elements(given).every((node) => isEmpty(node) && !hasCells(node));

// In place of what is marked in the box, or at the caret, which stands behind it afterwards; in a new table it is in
// the first cell, whose words are typed over.
export function place(box, given, isNew = false) {
  const selection = document.getSelection();
  if (!selection.isCollapsed) document.execCommand("delete");
  const at = selection.getRangeAt(0);
  const inside = closest(at.startContainer, ".c-formula"); // nothing stands in a formula
  if (inside) at.setStartAfter(inside);
  at.collapse(true);
  const around = closest(at.startContainer, "li, td, th, caption");
  const cell = box.contains(around) ? around : null;
  const nodes = elements(given).map((node) => (cell ? alone(node) : node));
  if (cell?.matches("li") && nodes.every((node) => node.matches("ul, ol"))) {
    entries(cell, nodes.flatMap((node) => [...node.children]), at);
  } else {
    const words = line(nodes, cell);
    if (words) at.insertNode(fragment(words));
    else apart(box, at, nodes);
    const last = (words ?? nodes).at(-1);
    if (words) at.setStartAfter(last);
    else if (!last.matches("table")) at.selectNodeContents([...last.querySelectorAll("li")].at(-1) ?? last);
    else if (isNew) at.selectNodeContents(last.querySelector("th, td"));
    else before(at, last.nextSibling);
    if (!isNew) at.collapse(Boolean(words));
  }
  selection.removeAllRanges();
  selection.addRange(at);
}

function fragment(nodes) {
  const made = document.createDocumentFragment();
  made.append(...nodes);
  return made;
}

// What stands in a line: in a cell or an entry of a list paragraphs do so too, each on a line of its own.
function line(nodes, cell) {
  if (nodes.length === 1 && !nodes[0].matches(BLOCKS)) return nodes;
  if (nodes.length !== 1 && !cell) return null;
  if (nodes.some((node) => node.matches(cell ? "table" : "ul, ol, table"))) return null;
  return nodes.flatMap((node, index) => {
    if (node.localName !== "p") return [node];
    return [...(index && nodes[index - 1].localName === "p" ? [document.createElement("br")] : []), ...node.childNodes];
  });
}

// A table of one cell, as one copied from a sheet: what it says.
function alone(node) {
  if (node.localName !== "table" || node.rows.length !== 1 || node.rows[0].cells.length !== 1) return node;
  const made = document.createElement("p");
  made.append(...node.rows[0].cells[0].childNodes);
  return made;
}

function entries(entry, made, at) {
  entry.after(...made);
  if (isEmpty(entry)) entry.remove();
  at.selectNodeContents(made.at(-1));
  at.collapse(false);
}

function before(at, node) {
  if (node.localName === "p") at.setStart(node, 0);
  else at.setStartBefore(node);
  at.collapse(true);
}

function apart(box, at, nodes) {
  let top = at.startContainer;
  while (top !== box && top.parentNode !== box) top = top.parentNode;
  if (top === box) at.insertNode(fragment(nodes));
  else if (top.nodeType === Node.ELEMENT_NODE && top.matches("ul, ol, table")) top.after(...nodes);
  else {
    const behind = document.createRange();
    behind.setStart(at.startContainer, at.startOffset);
    behind.setEndAfter(top);
    const rest = behind.extractContents();
    const parts = [top, ...rest.childNodes];
    top.after(...nodes, rest);
    for (const part of parts) if (isEmpty(part)) part.remove();
  }
  const last = nodes.at(-1);
  if (last?.localName !== "table" || (last.nextSibling && !last.nextSibling.matches?.("ul, ol, table"))) return;
  const next = document.createElement("p"); // or the caret could not leave the table
  next.append(document.createElement("br"));
  last.after(next);
}
