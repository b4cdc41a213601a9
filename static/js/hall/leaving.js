// The person comes first: nothing is put in the place of what they hold down, and a page that they are leaving, or in
// whose window they write, is not loaded anew.
const HELD_MOST = 10000; // milliseconds: a hand that rests on the mouse does not stop the page for good
const STAYS = 10000; // milliseconds after which a page that was to be left is still there: a file was saved, say
const LOOK_AGAIN = 1000; // milliseconds, while a window is open
const waiting = [];
let held = 0;
let left = -Infinity;
let again = 0;

export function whenFree(act) {
  if (held) waiting.push(act);
  else act();
}

function hold() {
  clearTimeout(held);
  held = setTimeout(release, HELD_MOST);
}

function release() {
  clearTimeout(held);
  held = 0;
  for (const act of waiting.splice(0)) act();
}

addEventListener("pointerdown", (event) => { if (event.button === 0) hold(); }, true);
addEventListener("keydown", (event) => { if (event.key === " ") hold(); }, true);
for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) {
  addEventListener(name, () => { if (held) setTimeout(release); }, true); // the click comes first
}

// A click on a link, a form that is sent, an address that is typed: what loads then is not to be broken off.
const leave = (event) => { if (!event.defaultPrevented) left = performance.now(); };
addEventListener("beforeunload", leave);
addEventListener("submit", leave);

export function reload() {
  clearTimeout(again);
  const wait = left + STAYS - performance.now();
  if (wait <= 0 && !document.querySelector("dialog[open]")) location.reload();
  else again = setTimeout(reload, Math.max(wait, LOOK_AGAIN));
}
