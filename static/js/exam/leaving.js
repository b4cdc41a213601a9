// Going on waits until every answer is acknowledged and the server can be reached: a page that is left without a
// connection is lost, and with it the words that say what to do.
import { isAlive, pause } from "./page.js";
import { idle, isSending, on, outlives, unsent } from "./sending.js";

const offline = document.querySelector("[data-offline]");
const way = () => document.querySelector("[data-offline-way]"); // to the notice, where it is out of sight (large letters, zoom)
const waits = document.querySelector("[data-waits]"); // the same in the dialog, which lies over the notice
let leaving = null; // what was pressed last: an address whose question alone is fetched, or what else is to be done
let isWaiting = false;

export function connection(isLost) {
  if (!offline) return;
  offline.hidden = !isLost;
  way()?.toggleAttribute("hidden", !isLost || offline.getBoundingClientRect().top < innerHeight);
  sayInDialog(isLost && leaving);
  if (!isLost) return;
  const some = unsent();
  for (const [name, isShown] of [["unsent", some], ["outlives", some && outlives()], ["all", !some]]) {
    offline.querySelector(`[data-${name}]`).hidden = !isShown;
  }
}

// In the place of what it asks, so that its buttons stay in sight in a small window.
function sayInDialog(isShown) {
  if (!waits) return;
  waits.hidden = !isShown;
  waits.previousElementSibling.hidden = isShown;
}

// Whoever does something else meanwhile has thought better of it: nothing that was pressed before is done.
export function stay() {
  leaving = null;
  sayInDialog(false);
}

async function reachable() {
  for (let tries = 0; !(await isAlive()); tries++) {
    connection(true);
    await pause(tries);
  }
  connection(false);
}

async function leave(how, { part, turn }) {
  leaving = how;
  sayInDialog(!offline.hidden);
  if (isWaiting) return;
  isWaiting = true;
  let found;
  do {
    how = leaving;
    await idle();
    found = how?.question && await part(how.question);
    if (!found) await reachable();
  } while (leaving && (isSending() || leaving !== how));
  isWaiting = false;
  const isMeant = leaving !== null;
  stay();
  if (!isMeant) return;
  if (found) turn(found, how.question);
  else how.go();
}

// `turning`: how one goes from question to question.
export function watchLeaving(turning) {
  if (!offline) return;
  on("trouble", connection);
  addEventListener("click", ({ target }) => { if (target.closest("a, button, summary")) stay(); }, true);
  addEventListener("change", stay, true);
  waits?.closest("dialog").addEventListener("close", stay);
  let isCleared = false;
  document.addEventListener("submit", (event) => {
    if (isCleared) return;
    event.preventDefault();
    const { target, submitter } = event;
    const go = () => { isCleared = true; target.requestSubmit(submitter); isCleared = false; };
    leave({ go, question: turning.placeOf(target, submitter) }, turning);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isOrdinary = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || event.defaultPrevented || !isOrdinary || link.target || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    leave({ go: () => location.assign(link.href), question: turning.placeOf(link) }, turning);
  });
  addEventListener("beforeunload", (event) => { if (unsent() && !outlives()) event.preventDefault(); });
}
