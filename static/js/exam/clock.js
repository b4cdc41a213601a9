// The clock: seconds from the server, ticked by the monotonic clock of the browser, never by the PC's time of day.
import { isAlive, kept, page, within } from "./page.js";

const clock = document.querySelector("[data-clock]");
const spoken = document.getElementById("spoken");
const announced = new Set(JSON.parse(sessionStorage.getItem(kept("announced")) ?? "[]")); // minutes, each said once
const runs = document.querySelector("[data-time-runs]"); // of the notice that the connection is lost
const isUp = document.querySelector("[data-time-up]");
let isOver = false;
let stands = clock && "stands" in clock.dataset ? Number(clock.dataset.clock) : null; // while the staff have stopped it
let endsAt = clock ? performance.now() + Number(clock.dataset.clock) * 1000 : 0;
let beforeLeaving = () => undefined;

export const asClock = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
};

export function setRemaining(seconds) {
  if (!clock || seconds === null) return;
  endsAt = performance.now() + seconds * 1000;
  stands = null;
  if (seconds > 600) clock.classList.remove("c-clock--soon");
  tick();
}

export function standAt(seconds) {
  if (!clock) return;
  stands = seconds;
  tick();
}

// `waits` is awaited when the time is up: an answer that comes too late is kept by the server, though not scored.
export function startClock(waits) {
  if (!clock) return;
  beforeLeaving = waits;
  tick();
  setInterval(tick, 1000);
}

function tick() {
  if (stands !== null) {
    clock.querySelector(".c-clock__value").textContent = asClock(stands);
    return;
  }
  const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  clock.querySelector(".c-clock__value").textContent = asClock(left);
  if (left <= 600) clock.classList.add("c-clock--soon");
  for (const minutes of [10, 5, 1]) {
    if (left > minutes * 60) announced.delete(minutes); // again, after time was given
    else if (left > minutes * 60 - 5 && !announced.has(minutes)) {
      announced.add(minutes);
      spoken.textContent = clock.dataset.minutes.replace("%(n)s", minutes);
    }
  }
  if (page.outboxName) sessionStorage.setItem(kept("announced"), JSON.stringify([...announced]));
  if (isOver !== (left === 0)) turn(left === 0);
}

function turn(over) {
  isOver = over;
  runs?.toggleAttribute("hidden", over);
  isUp?.toggleAttribute("hidden", !over);
  if (!over) return;
  spoken.textContent = clock.dataset.ended;
  if (clock.dataset.over) setTimeout(leaveAtTheEnd, 1500); // the test; an appeal's hour leads nowhere
}

async function leaveAtTheEnd() {
  if (!isOver) return; // time was given in the meantime
  await beforeLeaving();
  try {
    if (!(await isAlive())) throw new Error("somebody else's word");
    const answer = await fetch(clock.dataset.over, { method: "GET", redirect: "follow", signal: within(10000) });
    await answer.text();
    if (answer.ok) return location.assign(clock.dataset.over);
  } catch { /* no connection: try again below */ }
  setTimeout(leaveAtTheEnd, 3000);
}
