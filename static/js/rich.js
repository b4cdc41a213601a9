// Texts with formatting are written as they will look. The text areas stay what the form sends and what autosave,
// preview and the HTML view work with; without this script they are what one types in.
import { atom, hasPictures, shown, written } from "./cleaning.js";
import { formula, line } from "./formula.js";
import { begin, keep, moved, step } from "./history.js";
import { closest, isNothing, place } from "./placing.js";

const form = document.querySelector("[data-editor]");
const tools = form.querySelector("[data-tools]");
const COMMANDS = { b: "bold", i: "italic", sub: "subscript", sup: "superscript", ul: "insertUnorderedList", ol: "insertOrderedList" };

document.execCommand("defaultParagraphSeparator", false, "p");
document.execCommand("styleWithCSS", false, "false");

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
    if (!isWhole) take(box, event);
  });
  box.addEventListener("paste", paste);
  box.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const by = event.code === "KeyZ" ? (event.shiftKey ? 1 : -1) : event.code === "KeyY" && 1;
    if (by) go(event, by);
  });
  box.addEventListener("beforeinput", (event) => {
    const by = { historyUndo: -1, historyRedo: 1 }[event.inputType]; // of the browser's menu
    if (by) go(event, by);
    else if (event.inputType === "formatBold" && isHead()) event.preventDefault();
  });
  box.addEventListener("drop", (event) => event.preventDefault());
  area.before(box);
  areas.set(box, area);
}

function take(box, event) {
  for (const one of box.querySelectorAll("[style]")) one.removeAttribute("style"); // of the browser's own; none is sent
  keep(box, event);
  send(box);
}

function send(box) {
  const area = areas.get(box);
  area.value = written(box);
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function go(event, by) {
  event.preventDefault();
  if (step(event.currentTarget, by)) send(event.currentTarget);
}

// The head of a column is bold as it is: the browser would write a style.
const isHead = () => Boolean(closest(document.getSelection().anchorNode, "th"));

// Whatever the browser does meanwhile, it is one step.
let isWhole = false;

function wholly(act) {
  isWhole = true;
  try {
    act();
  } finally {
    isWhole = false;
    take(box);
  }
}

// What of the last paste did not come along, where it was pasted.
function tell(isLeftOut) {
  form.querySelector("[data-left-out]")?.remove();
  const line = form.querySelector("[data-field-error]");
  if (!isLeftOut || !line) return;
  const said = line.content.firstElementChild.cloneNode(true);
  said.removeAttribute("id");
  said.dataset.leftOut = "";
  said.setAttribute("role", "alert");
  said.querySelector("span:not(.u-hidden)").append(form.dataset.picturePasted);
  box.before(said);
}

function paste(event) {
  event.preventDefault();
  box = event.currentTarget;
  const [html, text] = ["text/html", "text/plain"].map((type) => event.clipboardData.getData(type));
  tell(hasPictures(html) || (!html && !text && event.clipboardData.files.length > 0));
  const nodes = shown(html);
  if (!isNothing(nodes)) insert(...nodes);
  else if (text) wholly(() => document.execCommand("insertText", false, text));
}

// Visual or HTML: the same texts.
const source = tools.querySelector("[data-source]");
let isVisual = false;

function show(visual) {
  isVisual = visual;
  for (const [box, area] of areas) {
    if (visual) {
      box.replaceChildren(...shown(area.value));
      begin(box);
    }
    box.hidden = !visual;
    area.hidden = visual;
  }
  source.setAttribute("aria-pressed", String(!visual));
  for (const one of tools.querySelectorAll("[data-visual]")) one.hidden = !visual;
}

// What the tools work on: where the caret was last.
let box = null;
let range = null;

function note() {
  const selection = document.getSelection();
  const here = selection.rangeCount && closest(selection.anchorNode, "[role=textbox]");
  if (!here || !areas.has(here)) return;
  box = here;
  range = selection.getRangeAt(0).cloneRange();
  moved(box);
  for (const [tag, command] of Object.entries(COMMANDS)) {
    tools.querySelector(`[data-wrap=${tag}]`)?.setAttribute("aria-pressed", String(document.queryCommandState(command)));
  }
}

document.addEventListener("selectionchange", note);

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

const insert = (...nodes) => wholly(() => place(box, nodes));

// Tables: one of two columns and a head to begin with, then rows and columns where the caret is.
function table() {
  const made = document.createElement("table");
  for (const cell of ["th", "td"]) {
    const line = made.insertRow();
    line.append(empty(cell), empty(cell));
  }
  wholly(() => place(box, [made], true));
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
  if (replaced?.isConnected) document.getSelection().setBaseAndExtent(...around(replaced)); // the new one in its place
  insert(atom(made));
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
      note(); // the browser tells of a change of the selection only later
      back();
      const { wrap, kind } = tool.dataset;
      if (wrap === "b" && isHead()) return;
      if (wrap) document.execCommand(COMMANDS[wrap]);
      else if (kind === "formula") ask(closest(range.startContainer, ".c-formula") ?? beside());
      else grow(kind);
    }
  },
  { capture: true },
);

function around(node) {
  const at = [...node.parentNode.childNodes].indexOf(node);
  return [node.parentNode, at, node.parentNode, at + 1];
}

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
