// The page of one seat: times tick, and what is new there is put in the place of what was, from the same address. Forms
// stay as they are, with what is typed in them.
import { whenFree } from "./hall/leaving.js";
import { restart, tick } from "./hall/ticking.js";

const EVERY = 5000; // milliseconds between two questions
const PATIENCE = 15000; // milliseconds after which a question without an answer is asked anew
const OLD_AFTER = 2; // questions in vain, after which the page says that it may be old
const root = document.querySelector("[data-seat]");
const old = root.querySelector("[data-old]");
const parts = (page) => [...page.querySelectorAll("[data-live]")];
const sent = new Map(parts(root).map((part) => [part.dataset.live, part.innerHTML])); // the page's own have ticked since
let vain = 0;

async function look() {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(`${location.pathname}?unattended=1`, { redirect: "manual", signal: patience.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-seat]");
    if (!page) throw new Error("not this page");
    vain = 0;
    whenFree(() => take(page));
  } catch {
    vain += 1;
  }
  clearTimeout(timer);
  old.hidden = vain < OLD_AFTER;
  setTimeout(look, EVERY);
}

function take(page) {
  restart(Number(page.dataset.now));
  for (const part of parts(page)) {
    const mine = root.querySelector(`[data-live="${part.dataset.live}"]`);
    if (sent.get(part.dataset.live) === part.innerHTML || mine.contains(document.activeElement)) continue;
    sent.set(part.dataset.live, part.innerHTML);
    mine.innerHTML = part.innerHTML;
    mine.hidden = part.hidden;
  }
  tick();
}

restart(Number(root.dataset.now));
setInterval(tick, 1000);
setTimeout(look, EVERY);
