// The form of an act in a window over the console, from the same address as its page: the same words, the same
// refusals. What else may be answered (a sign-in that has ended, say) is left to the browser.
import { speak } from "./speaking.js";

const PATIENCE = 15000; // milliseconds after which nobody waits for an answer any more
const dialog = document.querySelector("[data-act-window]");
const place = dialog?.querySelector("[data-place]");
const silent = dialog?.querySelector("[data-unanswered]");
const chooser = document.getElementById("choose");
const unopened = chooser?.querySelector("[data-unopened]");
let asked = 0;
let isSending = false;

export function watchActs(done) {
  if (!chooser || !dialog?.showModal) return;
  chooser.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = new URLSearchParams(new FormData(chooser));
    wanted.append(event.submitter.name, event.submitter.value);
    open(`${chooser.action}?${wanted}`);
  });
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    if (!isSending) dialog.close();
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, done);
  });
  dialog.addEventListener("cancel", (event) => { if (isSending) event.preventDefault(); }); // what came of it stands here
  dialog.addEventListener("close", () => { asked += 1; });
}

// The answer and its page; nothing where none came, for a line may swallow a question as well as break it off.
async function ask(address, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(address, { ...options, signal: patience.signal });
    return [answer, new DOMParser().parseFromString(await answer.text(), "text/html")];
  } catch {
    return [null, null];
  } finally {
    clearTimeout(timer);
  }
}

async function open(address) {
  const mine = ++asked;
  tell(null);
  const [answer, page] = await ask(address, { redirect: "manual" });
  if (mine !== asked) return; // another button was pressed meanwhile
  if (!answer) return void (unopened.hidden = false); // the console stays: the browser would put its own page there
  const form = page.querySelector("[data-act]");
  if (!form) return location.assign(address);
  show(form);
}

async function send(form, done) {
  if (isSending) return;
  isSending = true;
  silent.hidden = true;
  form.setAttribute("aria-busy", "true");
  const [answer, page] = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  isSending = false;
  form.removeAttribute("aria-busy");
  if (!answer) { // whether it was done is not known: a browser would say no more
    silent.hidden = false;
    return dialog.scrollTo(0, 0);
  }
  const again = page.querySelector("[data-act]");
  if (again) return show(again);
  if (answer.redirected && !page.querySelector("[data-console]")) return location.assign(answer.url);
  if (!answer.redirected) return show(page.querySelector("main") ?? page.body); // a page that says no
  dialog.close();
  done();
  tell(page.querySelector(".c-flashes"));
}

// The first field, or the first one with a fault; the window itself where there is none.
function show(piece) {
  silent.hidden = true;
  piece.removeAttribute("id");
  place.replaceChildren(piece);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTo(0, 0);
  const fields = ":is(input:not([type=hidden]), select, textarea)";
  (place.querySelector(`.c-field--error ${fields}`) ?? place.querySelector(fields) ?? dialog).focus();
}

// What came of the last act, in what stays in sight above the rows; until the next one is begun.
export function tell(notes) {
  unopened.hidden = true;
  chooser.querySelector(".c-flashes")?.remove();
  if (!notes) return;
  for (const note of notes.querySelectorAll("[role]")) note.removeAttribute("role"); // it is spoken, once
  chooser.append(notes);
  speak(notes.textContent.replace(/\s+/g, " ").trim());
}
