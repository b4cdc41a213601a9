// Seconds that run: until a moment, and since one, by the server's clock and the browser's monotonic one.
let offset = 0; // the server's seconds since 1970 at performance.now() = 0

export function restart(now) {
  offset = now - performance.now() / 1000;
}

const two = (n) => String(n).padStart(2, "0");
const shown = (seconds) => `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;

export function tick() {
  const now = offset + performance.now() / 1000;
  for (const place of document.querySelectorAll("[data-until]")) say(place, Math.ceil(Number(place.dataset.until) - now));
  for (const place of document.querySelectorAll("[data-since]")) say(place, Math.floor(now - Number(place.dataset.since)));
}

function say(place, seconds) {
  const words = shown(Math.max(0, seconds));
  if (place.textContent !== words) place.textContent = words;
}
