// Every few seconds the page calls: the server sees that it is there, and says what the staff have done meanwhile.
import { asClock, setRemaining, standAt } from "./clock.js";
import { connection } from "./leaving.js";
import { call, page, within } from "./page.js";
import { hold, on, unsent } from "./sending.js";

const EVERY = 5000;
const LOST = 2; // calls in a row without an answer
const board = document.querySelector("[data-board]");
const curtain = document.getElementById("curtain");
let failed = 0;
let isPaused = false;

export function startPulse() {
  if (!page.pulse) return;
  beat();
  addEventListener("online", () => beat());
  on("refused", (_position, data) => { if (data.code === "attempt_paused") beat(); });
  curtain?.addEventListener("cancel", (event) => event.preventDefault()); // Escape does not lift it,
  curtain?.addEventListener("close", () => { if (isPaused) curtain.showModal(); }); // pressed twice neither
}

let timer = 0;
async function beat(seen = []) {
  clearTimeout(timer);
  try {
    const answer = await call("POST", page.pulse, { seen }, { keepalive: true, signal: within(4000) });
    const data = await answer.json();
    if (["continued_elsewhere", "not_entered"].includes(data.code)) return location.assign(page.resume);
    if (!answer.ok || !Array.isArray(data.messages)) throw new Error("not the server's word");
    if (failed >= LOST && !unsent()) connection(false);
    failed = 0;
    heard(data);
  } catch {
    failed += 1;
    if (failed >= LOST) connection(true);
  }
  timer = setTimeout(() => beat(), EVERY);
}

function heard(data) {
  const mayStandStill = page.state === "in_progress" && curtain;
  if (data.status !== page.state && !(mayStandStill && data.status === "paused")) return location.assign(page.resume);
  isPaused = data.status === "paused";
  if (mayStandStill && isPaused !== curtain.open) {
    if (isPaused) curtain.showModal();
    document.getElementById("main").hidden = isPaused; // whatever lifts the curtain, nothing is read meanwhile
    if (!isPaused) curtain.close();
  }
  if (isPaused) standAt(data.remaining_seconds);
  if (curtain?.open) curtain.querySelector("[data-left]").textContent = asClock(data.remaining_seconds);
  else setRemaining(data.remaining_seconds);
  hold(isPaused);
  if (page.state === "ready") document.querySelector("[data-wait]")?.toggleAttribute("hidden", data.may_start);
  for (const more of data.given) show(more.id, board?.dataset.given.replace("%(time)s", asClock(more.seconds)));
  for (const message of data.messages) show(message.id, board?.dataset.byStaff.replace("%(text)s", () => message.text));
}

// One note for each thing said; it stays until the candidate has read it.
function show(id, text) {
  if (!board || board.querySelector(`[data-said="${id}"]`)) return;
  const note = board.querySelector("template").content.firstElementChild.cloneNode(true);
  note.dataset.said = id;
  note.querySelector("[data-words]").textContent = text;
  note.querySelector("button").addEventListener("click", () => {
    note.remove();
    beat([id]);
  });
  board.append(note);
}
