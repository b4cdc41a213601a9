// The palette of questions: one tab stop, arrows move inside.
const map = document.querySelector("[data-palette]");
const links = [...(map?.querySelectorAll("a") ?? [])];

export function setTabStop() {
  const home = links.find((link) => link.hasAttribute("aria-current")) || links[0];
  for (const link of links) link.tabIndex = link === home ? 0 : -1;
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
