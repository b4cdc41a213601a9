// The palette of questions: one tab stop, arrows move inside.
import { kept, page } from "./page.js";

const map = document.querySelector("[data-palette]");
const links = [...(map?.querySelectorAll("a") ?? [])];

export function setTabStop() {
  const home = links.find((link) => link.hasAttribute("aria-current")) || links[0];
  for (const link of links) link.tabIndex = link === home ? 0 : -1;
}

export const hasPlace = (position) => position <= links.length;

// The question that the page shows from now on. What was seen is known again by the pages that are loaded later: the
// server is not asked for every question.
export function see(position) {
  for (const entry of map.querySelectorAll("[aria-current]")) entry.removeAttribute("aria-current");
  map.querySelector(`[data-position="${position}"]`).setAttribute("aria-current", "step");
  if (page.outboxName) {
    const seen = new Set(JSON.parse(sessionStorage.getItem(kept("seen")) ?? "[]")).add(position);
    sessionStorage.setItem(kept("seen"), JSON.stringify([...seen]));
    for (const one of seen) notNew(map.querySelector(`[data-position="${one}"]`));
  }
  notNew(map.querySelector(`[data-position="${position}"]`));
}

function notNew(entry) {
  if (!entry?.classList.contains("is-new")) return;
  entry.classList.remove("is-new");
  const words = entry.querySelector(".u-hidden");
  words.textContent = words.textContent.replace(map.dataset.wordNew, map.dataset.wordOpen);
}

export function startPalette() {
  if (!links.length) return;
  setTabStop();
  map.addEventListener("keydown", (event) => {
    const perRow = links.filter((link) => link.offsetTop === links[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow }[event.key];
    const to = step && links[links.indexOf(document.activeElement) + step];
    if (!to) return;
    event.preventDefault();
    for (const link of links) link.tabIndex = link === to ? 0 : -1;
    to.focus();
  });
}
