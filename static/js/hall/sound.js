// A short tone, where somebody has asked for one on this computer; off otherwise. A browser keeps a page silent until
// something on it was pressed: as long as that is so, the page says it.
const KEPT = "hall-sound";
const SAID_AFTER = 500; // milliseconds in which a browser that lets the page sound has begun to
let box = null;
let silent = null;
let audio = null;

export function watchSound(root) {
  const place = root.querySelector("[data-sound]");
  if (!place || !window.AudioContext) return;
  place.hidden = false;
  box = place.querySelector("input");
  silent = root.querySelector("[data-soundless]");
  try { box.checked = localStorage.getItem(KEPT) === "1"; } catch { /* not kept: off */ }
  box.addEventListener("input", (event) => event.stopPropagation()); // it is no filter
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEPT, box.checked ? "1" : "0"); } catch { /* until the page is left */ }
    wake().then(beep); // one hears what it will be
  });
  for (const name of ["click", "keydown"]) document.addEventListener(name, wake, true);
  wake();
}

async function wake() {
  if (!box.checked) return tell();
  if (!audio) {
    audio = new AudioContext();
    audio.addEventListener("statechange", tell);
  }
  setTimeout(tell, SAID_AFTER);
  if (audio.state !== "running") await audio.resume(); // where nothing was pressed yet, this waits until it was
  tell();
}

const sounds = () => box.checked && audio?.state === "running";

function tell() {
  silent.hidden = !box.checked || sounds();
}

export function beep() {
  if (!box || !sounds()) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}
