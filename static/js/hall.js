// The console of the hall: what changed is put in the place of what was, everything else stays as it is, with focus,
// ticks and scroll. Times tick from moments, by the server's clock.
import { tell, watchActs } from "./hall/act.js";
import { watchAttendance } from "./hall/attending.js";
import { reload, whenFree } from "./hall/leaving.js";
import { beep, watchSound } from "./hall/sound.js";
import { notesIn, speakOfNew } from "./hall/speaking.js";
import { restart, tick } from "./hall/ticking.js";

const AGAIN = 2000; // milliseconds between two questions, where the browser has no server-sent events
const SILENT_AFTER = 8000; // milliseconds without a word from the server, after which the page says so
const BARRED = [403, 404]; // the sitting is not this person's any more
const PATIENCE = 15000; // milliseconds after which a question without an answer is asked anew
const HEARD = ["waiting", "alerts"]; // parts of which a screen reader hears what is new
const root = document.querySelector("[data-console]");
const body = root?.querySelector("[data-rows]");
const known = new Map(); // of each cell the words that the server sent: those on the page have ticked since
let version = root?.dataset.version;
let status = null;
let heardAt = performance.now();
let askedAt = heardAt;
let askAnew = () => {}; // breaks off a question that gets no answer
let isBarred = false; // the server will not tell this person any more

function begin() {
  for (const row of body?.rows ?? []) remember(row);
  restart(Number(root.dataset.now));
  setInterval(() => { tick(root); watchLine(); }, 1000);
  filters();
  choosing();
  makeRoom();
  watchSound(root);
  watchActs(untick);
  watchAttendance(() => `${root.dataset.console}?since=${encodeURIComponent(version)}&attended=1`);
  listen();
}

const remember = (row) => known.set(row.dataset.seat, [...row.cells].map((cell) => cell.outerHTML));

// What came from the server

function listen() {
  if (!window.EventSource) return void poll();
  askedAt = performance.now();
  const source = new EventSource(`${root.dataset.console}?since=${encodeURIComponent(version)}`);
  askAnew = () => { source.close(); listen(); };
  source.addEventListener("hall", (event) => {
    answered();
    whenFree(() => heard(JSON.parse(event.data)));
  });
  source.addEventListener("error", () => { // each answer ends, so that this is said each time; it comes again by itself
    if (source.readyState !== EventSource.CLOSED) return;
    askAnew = () => {};
    setTimeout(poll, AGAIN);
  });
}

async function poll() {
  const patience = new AbortController();
  askAnew = () => patience.abort();
  askedAt = performance.now();
  try {
    const answer = await fetch(`${root.dataset.console}?since=${encodeURIComponent(version)}`, {
      headers: { Accept: "application/json" }, redirect: "manual", signal: patience.signal,
    });
    signedOut(answer.type === "opaqueredirect"); // the way to the page where one signs in
    if (BARRED.includes(answer.status)) return bar();
    if (!answer.ok) throw new Error(answer.status);
    const told = await answer.json();
    answered();
    whenFree(() => heard(told));
  } catch { /* it asks again; whoever asks in vain for long says so */ }
  setTimeout(poll, AGAIN);
}

function answered() {
  heardAt = askedAt = performance.now();
  watchLine();
}

function bar() {
  isBarred = true;
  root.querySelector("[data-silent]").hidden = true;
  root.querySelector("[data-barred]").hidden = false;
}

// A line that swallows everything breaks nothing off: only the time tells.
function watchLine() {
  if (isBarred) return;
  const now = performance.now();
  const isSilent = now - heardAt >= SILENT_AFTER;
  const note = root.querySelector("[data-silent]");
  if (note.hidden === isSilent) note.hidden = !isSilent;
  if (now - askedAt < PATIENCE) return;
  askedAt = now;
  askAnew();
}

// A page that is left alone does not keep anybody signed in. Whoever signs in again, here or in another tab, finds a
// page made for them.
function signedOut(isOut) {
  const note = root.querySelector("[data-signed-out]");
  if (!note.hidden && !isOut) reload();
  note.hidden = !isOut;
  if (isOut) answered(); // it says no, and is there
}

function heard(told) {
  restart(told.now);
  if (status !== null && status !== told.status) return reload();
  status = told.status;
  version = told.version;
  if (told.all && !sameSeats(told)) return reload(); // somebody was given another seat
  const before = asks();
  for (const [seat, html] of Object.entries(told.rows)) change(seat, html);
  for (const [seat, html] of Object.entries(told.places)) replace(root.querySelector(`[data-place="${seat}"]`), html);
  for (const [name, html] of Object.entries(told.parts)) {
    const place = document.querySelector(`[data-part="${name}"]`);
    const before = HEARD.includes(name) ? notesIn(place) : [];
    part(place, html);
    if (HEARD.includes(name)) speakOfNew(before, notesIn(place));
  }
  tick(root);
  narrow();
  count();
  if ([...asks()].some((each) => !before.has(each))) beep();
}

// What needs the proctor: a connection that is lost, a candidate who waits, an act that another person asked for, the
// end of the last test. What was not among it before sounds, once.
function asks() {
  const found = (name, which) => [...root.querySelectorAll(which)].map((one) => `${name} ${one.dataset.seat ?? one.id}`);
  const ended = !root.querySelector("[data-state=working], [data-state=paused], [data-state=entered]")
    && root.querySelector("[data-state=ended]");
  return new Set([
    ...found("lost", "[data-connection=lost]"), ...found("waits", "[data-waits=yes]"),
    ...found("act", "[data-part=waiting] [id^=confirm-]"), ...ended ? ["ended"] : [],
  ]);
}

const sameSeats = (told) => {
  const mine = [...body?.rows ?? []].map((row) => row.dataset.seat);
  const theirs = Object.keys(told.rows);
  return mine.length === theirs.length && mine.every((seat) => seat in told.rows);
};

const made = (html, inside = "template") => {
  const template = document.createElement(inside);
  template.innerHTML = html;
  return template.content.firstElementChild;
};

// Only cells whose words have changed are replaced; whatever had the focus in them gives it to its successor.
function change(seat, html) {
  const row = document.getElementById(`seat-${seat}`);
  const next = made(html);
  if (!row || !next) return;
  const was = known.get(seat) ?? [];
  const isHidden = row.hidden;
  const fresh = [...next.cells];
  known.set(seat, fresh.map((cell) => cell.outerHTML));
  fresh.forEach((cell, place) => { if (cell.outerHTML !== was[place]) swap(row.cells[place], cell); });
  for (const { name, value } of next.attributes) row.setAttribute(name, value);
  if (!next.hasAttribute("class")) row.removeAttribute("class");
  row.hidden = isHidden;
}

function swap(old, cell) {
  const box = old.querySelector("[type=checkbox]");
  const next = cell.querySelector("[type=checkbox]");
  if (box && next) next.checked = box.checked;
  const place = focusable(old).indexOf(document.activeElement);
  old.replaceWith(cell);
  if (place >= 0) (focusable(cell)[place] ?? cell.closest("tr").querySelector("a"))?.focus({ preventScroll: true });
}

const focusable = (cell) => [...cell.querySelectorAll("a, input, button")];

function replace(old, html) {
  const next = made(html);
  if (!old || !next || old.outerHTML === next.outerHTML) return;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(next);
  if (hadFocus) next.querySelector("a")?.focus({ preventScroll: true });
}

// The focus stays on what it was on. Where that is gone it stays in the part: a button that stands in its place now
// would do something else.
function part(old, html) {
  if (!old || old.dataset.said === html) return;
  old.dataset.said = html;
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  old.innerHTML = html;
  if (!held) return;
  const same = focusable(old).find((one) => (held.id ? one.id === held.id : held.href && one.href === held.href));
  if (!same) old.tabIndex = -1;
  (same ?? old).focus({ preventScroll: true });
}

// Filters work on what is there; without script the address does the same

const form = document.querySelector("[data-filters]");
const searchable = (text) => text.trim().toLocaleLowerCase().replaceAll("ё", "е").replace(/\s+/g, " ");

function filters() {
  if (!form) return;
  form.querySelector("[data-unneeded]").hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    narrow();
    const wanted = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", `${location.pathname}${wanted.size ?? String(wanted) ? `?${wanted}` : ""}`);
  });
}

function narrow() {
  if (!form || !body) return;
  const [text, state, connection] = ["q", "state", "connection"].map((name) => form.elements[name].value);
  const wanted = searchable(text);
  let shown = 0;
  for (const row of body.rows) {
    const { seat, search } = row.dataset;
    row.hidden = !((!state || row.dataset.state === state) && (!connection || row.dataset.connection === connection)
      && (!wanted || wanted === seat || search.includes(wanted)));
    shown += !row.hidden;
  }
  document.querySelector("[data-nobody]").hidden = shown > 0;
  count();
}

// Ticks

const boxes = () => [...document.querySelectorAll("[data-rows] [type=checkbox]")];
const all = document.getElementById("tick-all");

function choosing() {
  const chosen = document.querySelector("[data-chosen]");
  if (!chosen) return;
  document.querySelector("[data-all]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) if (!box.closest("tr").hidden) box.checked = all.checked;
    count();
  });
  body?.addEventListener("change", () => { tell(null); count(); });
  count();
}

// The heads of the columns stand below what can be done, however many lines that takes.
function makeRoom() {
  const acts = document.getElementById("choose");
  if (!acts || !window.ResizeObserver) return;
  const { style } = document.documentElement;
  new ResizeObserver(() => style.setProperty("--acts", `${acts.offsetHeight}px`)).observe(acts);
}

function untick() {
  for (const box of boxes()) box.checked = false;
  count();
}

function count() {
  const chosen = document.querySelector("[data-chosen]");
  if (!chosen) return;
  const ticked = boxes().filter((box) => box.checked).length;
  const shown = boxes().filter((box) => !box.closest("tr").hidden);
  const words = chosen.dataset.chosen.replace("%(n)s", ticked);
  if (chosen.textContent !== words) chosen.textContent = words;
  all.checked = shown.length > 0 && shown.every((box) => box.checked);
  all.indeterminate = !all.checked && shown.some((box) => box.checked);
}

if (root) begin();
