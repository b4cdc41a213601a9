// The editor of questions: what is typed is kept by itself, shown as the candidate sees it, and tools write tags.
// Without this script the page keeps nothing by itself; everything else is done by its buttons.
const form = document.querySelector("[data-editor]");
const state = form.querySelector("[data-state]");
const shown = document.querySelector("[data-preview-here]");
const copy = form.querySelector("[data-copy]");
const revision = form.querySelector("[data-revision]");
const words = form.dataset;
const AFTER_TYPING = 1500;
const AGAIN = 10000;

const typed = () => {
  const data = new FormData(form);
  data.delete("picture");
  return data;
};

// Autosave: one request at a time; what was typed meanwhile goes with the next one.
let waiting = 0;
let isSaving = false;
let isTyped = false;
let isRefused = false;

async function save() {
  if (isSaving || !isTyped || isRefused || !words.autosave) return;
  isSaving = true;
  isTyped = false;
  state.textContent = words.saving;
  let answer = null;
  try {
    const keepalive = document.visibilityState === "hidden"; // it outlives the page
    answer = await fetch(words.autosave, { method: "POST", body: typed(), keepalive });
    const said = answer.status === 413 ? { detail: words.tooLong } : await answer.json();
    if (answer.ok) {
      copy.value = said.copy;
      revision.value = said.revision;
      state.textContent = words.saved.replace("%(time)s", said.saved);
      if ("new" in words) keepInAddress(said.copy);
      tellAlike(said.alike);
    } else {
      state.textContent = said.detail;
      isRefused = answer.status === 409;
    }
  } catch {
    state.textContent = words.failed;
    isTyped = true;
  }
  isSaving = false;
  if (isTyped) later(answer ? AFTER_TYPING : AGAIN);
}

// Questions of one's own that are like this one, said once for as long as they are the same.
const alike = form.querySelector("[data-alike]");

function tellAlike(found) {
  const names = found.map((one) => one.id).join(", ");
  if ((alike.dataset.said ?? "") === names) return;
  alike.dataset.said = names;
  const links = found.flatMap((one) => {
    const link = document.createElement("a");
    link.append(one.id);
    link.href = one.url;
    link.target = "_blank";
    return [" ", link];
  });
  alike.querySelector("[data-alike-links]").replaceChildren(...links);
  alike.hidden = !found.length;
}

// A reload of a question that is not in the bank yet finds it again, and so does the page in another language.
function keepInAddress(id) {
  const kept = (href) => {
    const address = new URL(href);
    address.searchParams.set("copy", id);
    return address.href;
  };
  history.replaceState(null, "", kept(location.href));
  for (const link of document.querySelectorAll("a[hreflang]")) link.href = kept(link.href);
}

function later(after) {
  clearTimeout(waiting);
  waiting = setTimeout(save, after);
}

// The preview is made by the server from the pages of the exam themselves: the last answer asked for is shown.
let looking = 0;
let asked = 0;

async function look() {
  const number = (asked += 1);
  try {
    const answer = await fetch(words.preview, { method: "POST", body: typed() });
    if (answer.ok && number === asked) shown.innerHTML = await answer.text();
  } catch {
    // the preview of before stays
  }
}

const theme = document.querySelector("[data-theme-choice]");
theme.addEventListener("change", () => {
  for (const one of shown.querySelectorAll("[data-shown]")) one.dataset.theme = theme.value;
});

form.addEventListener("input", (event) => {
  if (event.target.closest("[name=picture], [name^=alternative], [name=picture_place], [name=theme]")) return;
  isTyped = true;
  later(AFTER_TYPING);
  clearTimeout(looking);
  looking = setTimeout(look, 500);
});
if ("changed" in words) {
  isTyped = true;
  later(AFTER_TYPING);
}
// A picture that would be refused for its size is not sent at all, and one that is not in the text yet is not forgotten.
const picture = form.elements.picture;
const error = form.querySelector("[data-field-error]")?.content.firstElementChild;

function say(sentence) {
  const field = picture.closest(".c-field");
  field.querySelector("#picture-error")?.remove();
  field.classList.toggle("c-field--error", sentence !== "");
  picture.toggleAttribute("aria-invalid", sentence !== "");
  if (!sentence) return;
  const line = error.cloneNode(true);
  line.setAttribute("role", "alert");
  line.querySelector("span:not(.u-hidden)").append(sentence);
  picture.before(line);
  picture.setAttribute("aria-invalid", "true");
  picture.setAttribute("aria-describedby", "picture-hint picture-error");
}

const tooLarge = () => [...picture.files].some((file) => file.size > Number(words.pictureBytes));
picture?.addEventListener("change", () => say(tooLarge() ? words.pictureLarge : ""));

function keepsBack(submitter) {
  if (!picture?.files.length || submitter?.formAction.includes("/copies/")) return false;
  if (tooLarge()) say(words.pictureLarge);
  else if (["save", "submit"].includes(submitter?.value)) say(words.pictureWaits);
  else return false;
  picture.focus();
  return true;
}

// The form takes everything with it.
form.addEventListener("submit", (event) => {
  if (keepsBack(event.submitter)) {
    event.preventDefault();
    return;
  }
  clearTimeout(waiting);
  clearTimeout(looking);
  isRefused = true;
});
addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save();
});

// Tools: they work on the text that was typed in last.
const tools = form.querySelector("[data-tools]");
let last = form.elements.stem_ky;
form.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea[lang]")) last = event.target;
});

// As if typed: the browser can undo it, and what listens to typing hears it.
function type(text, from, to) {
  last.focus();
  if (!document.execCommand("insertText", false, text)) {
    last.setRangeText(text);
    last.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  last.setSelectionRange(from, to);
}

function wrap(tag) {
  const { selectionStart: start, selectionEnd: end, value } = last;
  const inside = value.slice(start, end);
  const before = start + tag.length + 2;
  type(`<${tag}>${inside}</${tag}>`, before, before + inside.length);
}

function insert(html) {
  const at = last.selectionStart;
  type(html, at + html.length, at + html.length);
}

if (tools) {
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-wrap], [data-insert]");
    if (!tool) return;
    if (tool.dataset.wrap) wrap(tool.dataset.wrap);
    else insert(tool.dataset.insert);
  });
  form.addEventListener("keydown", (event) => {
    const tag = { KeyB: "b", KeyI: "i" }[event.code];
    if (!tag || !(event.ctrlKey || event.metaKey) || event.altKey || !event.target.matches("textarea[lang]")) return;
    event.preventDefault();
    wrap(tag);
  });
}
const byHand = form.querySelector("[data-by-hand]");
if (byHand) byHand.hidden = true;
