// Measures this computer when the form is sent, and sends along what it found; the server judges. Without script the
// form is sent as it is, and the answer says what could not be measured.
const form = document.querySelector("[data-check]");
const TRIES = 5;
const PATIENCE = 5000; // milliseconds for one request

form.addEventListener("submit", async (event) => {
  if (form.dataset.measured) return;
  event.preventDefault();
  if (form.dataset.measuring) return;
  form.dataset.measuring = "1";
  form.querySelector("[data-busy]").hidden = false;
  const found = { script: 1, width: screen.width, height: screen.height, kept: Number(await keeps()) };
  found.delay = await delay();
  found.skew = await skew();
  for (const [name, value] of Object.entries(found)) {
    if (value === null) continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value: String(value) });
    form.append(field);
  }
  form.dataset.measured = "1";
  form.requestSubmit();
});

async function ask(address) {
  const sent = performance.now();
  const wall = Date.now();
  const answer = await fetch(address, { cache: "no-store", signal: limit() });
  const said = await answer.json();
  return { said, took: performance.now() - sent, wall };
}

function limit() {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), PATIENCE);
  return stop.signal;
}

// Median of a few small requests, in whole milliseconds.
async function delay() {
  const took = [];
  try {
    for (let n = 0; n < TRIES; n += 1) took.push((await ask(form.dataset.alive)).took);
  } catch {
    return null;
  }
  return Math.round(took.sort((a, b) => a - b)[Math.floor(TRIES / 2)]);
}

// By how much this clock is ahead of the server's: the quicker of two requests, less half its way there and back.
async function skew() {
  try {
    const asked = [await ask(form.dataset.time), await ask(form.dataset.time)];
    const { said, took, wall } = asked.sort((a, b) => a.took - b.took)[0];
    return Math.round(wall + took / 2 - said.milliseconds);
  } catch {
    return null;
  }
}

// Whether an answer can be sealed and kept here until the network is back: tried with a database of its own.
async function keeps() {
  const name = "testing-centre-check";
  try {
    const secret = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, new Uint8Array([42]));
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("tried");
    const database = await done(opening);
    const store = (mode) => database.transaction("tried", mode).objectStore("tried");
    await done(store("readwrite").put(sealed, 1));
    const kept = await done(store("readonly").get(1));
    database.close();
    indexedDB.deleteDatabase(name);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, secret, kept))[0] === 42;
  } catch {
    return false;
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}
