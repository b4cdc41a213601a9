// The exam pages. Everything here only improves what the forms do without script: it keeps each choice until the server
// has acknowledged it, shows the time left, and keeps the page alive through a lost connection.
import { startClock } from "./exam/clock.js";
import { watchLeaving } from "./exam/leaving.js";
import { startPalette } from "./exam/palette.js";
import { startPulse } from "./exam/pulse.js";
import { startQuestion } from "./exam/question.js";
import { drain, idle, left } from "./exam/sending.js";
import { watchTabs } from "./exam/tabs.js";
import * as turning from "./exam/turning.js";

watchLeaving(turning);
startQuestion();
startPalette();
left.then(drain);
startClock(idle);
startPulse();
watchTabs();

// --- the end: a dialog instead of a page of its own; the focus begins on "no"
for (const link of document.querySelectorAll("[data-dialog]")) {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!dialog || !dialog.showModal) continue;
  link.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}
