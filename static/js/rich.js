// Texts with formatting are written as they will look. The text areas stay what the form sends and what autosave,
// preview and the HTML view work with; without this script they are what one types in.
import { formula, line } from "./formula.js";

const form = document.querySelector("[data-editor]");
const tools = form.querySelector("[data-tools]");
const ALLOWED = JSON.parse(tools.dataset.allowed); // of core/markup.py: elements and their attributes
const MEDIA = tools.dataset.media;
const PICTURE = /^[0-9a-f]{64}\.(?:png|jpg|svg)$/;
const BLOCKS = "p, ul, ol, table";
const DROPPED = "script, style, template, title, object, iframe, svg, annotation, annotation-xml, s, strike, del, [data-gone]";
// Blocks that are not on the list (core/blocks.py): their words stay apart from those beside them.
const APART = new Set(
  `address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure
  footer form h1 h2 h3 h4 h5 h6 header hgroup html label legend listing main marquee menu multicol nav optgroup option
  output pre rb rp rt rtc search section summary`.split(/\s+/),
);
const GONE = /line-through|display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all/i;
const STYLE = /\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi;
const COMMANDS = { b: "bold", i: "italic", sub: "subscript", sup: "superscript", ul: "insertUnorderedList", ol: "insertOrderedList" };

document.execCommand("defaultParagraphSeparator", false, "p");
document.execCommand("styleWithCSS", false, "false");

// A page that is never shown: a picture by its bare name is not asked for there.
const INERT = document.implementation.createHTMLDocument("");

// The allowed part of `from`, put into `to`; the server cleans what is sent once more, by the same list.
function copy(from, to, isShown) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(isShown ? node.data.replace(/[ \t\r\n]+/g, " ") : node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(DROPPED)) continue;
    if (node.localName === "hr") to.append(document.createElement(to.matches("div, p") ? "p" : "br"));
    const name = APART.has(node.localName) ? "p" : node.localName;
    if (!(name in ALLOWED)) {
      copy(node, to, isShown);
      continue;
    }
    const own = to.ownerDocument.createElementNS(node.namespaceURI, name);
    for (const attribute of ALLOWED[name]) {
      if (attribute !== "src" && node.hasAttribute(attribute)) own.setAttribute(attribute, node.getAttribute(attribute));
    }
    if (name === "img") {
      const file = (node.getAttribute("src") ?? "").split("/").pop();
      if (!PICTURE.test(file)) {
        to.append(node.alt);
        continue;
      }
      own.setAttribute("src", isShown ? MEDIA + file : file);
    }
    copy(node, own, isShown);
    to.append(name === "math" && isShown ? atom(own) : own);
  }
}

// A formula is one thing: the caret goes over it, and it is changed in its dialog.
function atom(math) {
  const made = document.createElement("span");
  made.className = "c-formula";
  made.contentEditable = "false";
  made.append(math);
  return made;
}

// Blocks stand beside one another, loose words in a paragraph of their own, and nothing empty at the edges.
function blocks(root) {
  for (const one of root.querySelectorAll("p")) {
    if (!one.querySelector(BLOCKS)) continue;
    paragraphs(one);
    one.replaceWith(...one.childNodes);
  }
  paragraphs(root);
  for (const one of root.querySelectorAll(":scope > p")) {
    if (!one.textContent.trim() && !one.querySelector("img, math")) one.remove();
  }
}

function paragraphs(of) {
  let loose = null;
  for (const node of [...of.childNodes]) {
    if (node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS)) loose = null;
    else if (loose || node.nodeType !== Node.TEXT_NODE || node.data.trim()) {
      if (!loose) node.before((loose = document.createElement("p")));
      loose.append(node);
    }
  }
}

// Styles go before it is parsed: the page's policy forbids them, and each would be reported. Of what they strike out or
// hide a mark stays: such words are no words of the text.
function parsed(html) {
  const bare = html.replace(/<[^>]*>/g, (tag) => tag.replace(STYLE, (style) => (GONE.test(style) ? " data-gone" : "")));
  return new DOMParser().parseFromString(bare, "text/html").body;
}

function shown(html) {
  const box = document.createElement("div");
  copy(parsed(html), box, true);
  blocks(box);
  return [...box.childNodes];
}

function written(root) {
  const box = INERT.createElement("div");
  copy(root, box, false);
  blocks(box);
  for (const one of box.querySelectorAll("br:last-child")) if (!one.nextSibling) one.remove();
  const [only] = box.children;
  return box.children.length === 1 && only.localName === "p" ? only.innerHTML.trim() : box.innerHTML;
}

// One box before each text area.
const areas = new Map();

function build(area) {
  const box = document.createElement("div");
  const attributes = { role: "textbox", "aria-multiline": "true", "aria-label": area.labels[0].textContent, lang: area.lang };
  for (const name of ["aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) attributes[name] = area.getAttribute(name);
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
  box.id = `${area.id}-written`;
  box.className = `c-input c-rich c-written${area.rows > 3 ? " c-written--long" : ""}`;
  if (area.readOnly) box.setAttribute("aria-readonly", "true");
  box.contentEditable = String(!area.readOnly);
  box.tabIndex = 0;
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    take(box);
  });
  box.addEventListener("paste", paste);
  box.addEventListener("drop", (event) => event.preventDefault());
  area.before(box);
  areas.set(box, area);
}

function take(box) {
  const area = areas.get(box);
  area.value = written(box);
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function paste(event) {
  event.preventDefault();
  const html = event.clipboardData.getData("text/html");
  if (!html) document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  else insert(...shown(html));
}

// Visual or HTML: the same texts.
const source = tools.querySelector("[data-source]");
let isVisual = false;

function show(visual) {
  isVisual = visual;
  for (const [box, area] of areas) {
    if (visual) box.replaceChildren(...shown(area.value));
    box.hidden = !visual;
    area.hidden = visual;
  }
  source.setAttribute("aria-pressed", String(!visual));
  for (const one of tools.querySelectorAll("[data-visual]")) one.hidden = !visual;
}

// What the tools work on: where the caret was last.
let box = null;
let range = null;

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  const here = selection.rangeCount && closest(selection.anchorNode, "[role=textbox]");
  if (!here || !areas.has(here)) return;
  box = here;
  range = selection.getRangeAt(0).cloneRange();
  for (const [tag, command] of Object.entries(COMMANDS)) {
    tools.querySelector(`[data-wrap=${tag}]`)?.setAttribute("aria-pressed", String(document.queryCommandState(command)));
  }
});

const closest = (node, selector) => (node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement)?.closest(selector);

function back() {
  if (!box?.isConnected) {
    [box] = areas.keys();
    range = document.createRange();
    range.selectNodeContents(box);
    range.collapse(false);
  }
  box.focus();
  const selection = document.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

// At the caret; blocks stand after the paragraph that the caret is in.
function insert(...nodes) {
  const at = document.getSelection().getRangeAt(0);
  at.deleteContents();
  const [only] = nodes.length === 1 ? nodes : [];
  const words = only && !only.matches(BLOCKS) ? nodes : only?.localName === "p" ? [...only.childNodes] : null;
  const made = document.createDocumentFragment();
  made.append(...(words ?? nodes));
  const last = made.lastChild;
  const beside = words ? null : closest(at.startContainer, "[role=textbox] > *");
  if (beside) beside.after(made);
  else at.insertNode(made);
  if (last?.localName === "table") {
    const next = document.createElement("p"); // or the caret could not leave the table
    next.append(document.createElement("br"));
    last.after(next);
    at.selectNodeContents(last.querySelector("th, td"));
  } else if (last) {
    words ? at.setStartAfter(last) : at.selectNodeContents(last);
    at.collapse(Boolean(words));
  }
  const selection = document.getSelection();
  selection.removeAllRanges();
  selection.addRange(at);
  take(box);
}

// Tables: one of two columns and a head to begin with, then rows and columns where the caret is.
function table() {
  const made = document.createElement("table");
  for (const cell of ["th", "td"]) {
    const line = made.insertRow();
    line.append(empty(cell), empty(cell));
  }
  insert(made);
}

// The head of a column says something from the beginning: a screen reader reads it with each cell.
function empty(name) {
  const made = document.createElement(name);
  if (name === "th") made.append("…");
  return made;
}

function grow(what) {
  const cell = closest(range?.startContainer, "td, th");
  if (!cell) return table();
  const line = cell.parentElement;
  if (what === "row") {
    const own = line.closest("table").insertRow(line.rowIndex + 1);
    for (let column = 0; column < line.cells.length; column += 1) own.insertCell();
  } else {
    for (const each of line.closest("table").rows) {
      const beside = each.cells[Math.min(cell.cellIndex, each.cells.length - 1)];
      beside.after(empty(beside.localName));
    }
  }
  return take(box);
}

// Formulas: typed on one line, seen as they will look.
const dialog = form.ownerDocument.querySelector("[data-formula]");
const typed = dialog.querySelector("input");
const seen = dialog.querySelector("[data-seen]");
const wrong = dialog.querySelector("[data-wrong]");
let replaced = null;

function ask(old) {
  replaced = old;
  typed.value = (old && line(old.querySelector("math"))) ?? "";
  look();
  dialog.showModal();
  typed.select();
}

function look() {
  const made = formula(typed.value);
  seen.replaceChildren(...(made ? [made] : []));
  wrong.hidden = made !== null || !typed.value.trim();
}

typed.addEventListener("input", (event) => {
  event.stopPropagation();
  look();
});
dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const made = event.submitter?.value === "cancel" ? null : formula(typed.value);
  if (!made && event.submitter?.value !== "cancel") return;
  dialog.close();
  back();
  if (!made) return;
  if (replaced?.isConnected) {
    replaced.replaceWith(atom(made));
    take(box);
  } else insert(atom(made));
});
let isCancelled = false;
dialog.addEventListener("cancel", () => (isCancelled = true));
dialog.addEventListener("close", () => {
  if (isCancelled) back(); // the browser has put the focus on the button
  isCancelled = false;
});

form.addEventListener("dblclick", (event) => {
  const old = event.target.closest(".c-formula");
  if (old && isVisual) ask(old);
});

// The tools, before those of the HTML view hear of it.
tools.addEventListener("mousedown", (event) => {
  if (isVisual && event.target.closest("button")) event.preventDefault();
});
tools.addEventListener(
  "click",
  (event) => {
    const tool = event.target.closest("button");
    if (!tool) return;
    if (tool === source) show(!isVisual);
    else if (isVisual) {
      event.stopImmediatePropagation();
      back();
      if (tool.dataset.wrap) document.execCommand(COMMANDS[tool.dataset.wrap]);
      else if (tool.dataset.kind === "formula") ask(closest(range.startContainer, ".c-formula") ?? beside());
      else grow(tool.dataset.kind);
    }
  },
  { capture: true },
);

// The formula that is marked, or stands right before the caret.
function beside() {
  const node = range.startContainer.childNodes?.[range.startOffset] ?? range.startContainer.nextSibling;
  return [node, node?.previousSibling].find((one) => one?.nodeType === Node.ELEMENT_NODE && one.matches(".c-formula")) ?? null;
}

// The summary of errors leads to the text areas.
document.addEventListener("click", (event) => {
  const id = event.target.closest("a[href^='#']")?.hash.slice(1);
  const there = isVisual && id && document.getElementById(`${id}-written`);
  if (!there) return;
  event.preventDefault();
  there.focus();
});

for (const area of form.querySelectorAll("textarea[lang]")) build(area);
show(true);
