// Sends what is in the outbox, one after the other and in order, until the server has acknowledged or refused each.
import { setRemaining } from "./clock.js";
import { openOutbox } from "./outbox.js";
import { call, page, pause } from "./page.js";

const PATIENCE = 3000; // milliseconds without an acknowledgement after which people are told
// What ends the story of an answer besides its acknowledgement. Anything else may come from whatever stands between the
// page and the server, or pass: the answer is kept and sent again.
const FINAL = ["attempt_closed", "continued_elsewhere", "invalid_response", "no_such_position", "no_way_back", "stale_revision"];
const ANEW = ["csrf", "not_entered"]; // the page is of another session: loaded anew, it says what to do
const listeners = { acknowledged: [], late: [], refused: [], trouble: [] };
export const on = (what, tell) => listeners[what].push(tell);
const tell = (what, ...said) => listeners[what].forEach((each) => each(...said));

const outbox = page.save ? openOutbox(page.outboxName, page.outbox) : null;
const acknowledgedRevision = new Map();
let under = null; // the work under way; resolves when the outbox is empty or the server has refused
let isHeld = false; // the clock stands: nothing is accepted, nothing is lost

export const unsent = () => outbox?.records.length ?? 0;
export const unsentOf = (position) => outbox?.records.filter((one) => one.position === position) ?? [];
export const outlives = () => outbox?.outlives() ?? false;
export const idle = () => under ?? Promise.resolve();
export const isSending = () => under !== null;

// What an earlier page, or a browser that died, has left behind.
export const left = outbox ? outbox.ready.then(() => outbox.records.length) : Promise.resolve(0);

export function save(position, answer, revision) {
  outbox.put(position, answer, Math.max(revision - 1, acknowledgedRevision.get(position) ?? 0));
  drain();
}

export function drain() {
  if (outbox && outbox.records.length && !isHeld) under ??= send().finally(() => { under = null; });
}

export function hold(stands) {
  isHeld = stands;
  if (!stands) drain();
}

async function send() {
  while (outbox.records.length && !isHeld) {
    const [record] = outbox.records;
    outbox.sending(record, acknowledgedRevision.get(record.position) ?? 0);
    const { position, revision, response, flagged } = record;
    const data = await deliver(position, { revision, response, flagged });
    if (data.saved_at) {
      outbox.erase(record);
      acknowledgedRevision.set(position, data.revision);
      setRemaining(data.remaining_seconds);
      tell("acknowledged", position, data);
    } else if (data.code === "attempt_paused") {
      isHeld = true;
      tell("refused", position, data);
    } else if (ANEW.includes(data.code)) {
      await pause(2);
      return tell("refused", position, data);
    } else {
      outbox.erase(record);
      if (data.code === "attempt_closed" && data.kept) tell("late", position);
      else tell("refused", position, data);
    }
  }
}

const isTheServers = (answer, data, position, { revision }) => answer.ok
  ? data.position === position && data.revision === revision && Boolean(data.saved_at)
  : [...FINAL, ...ANEW, "attempt_paused"].includes(data.code);

// The same save again and again until the server answers: if it had arrived and only its answer was lost, the server
// knows the repetition and gives the same receipt.
async function deliver(position, body) {
  const began = performance.now();
  const warning = setTimeout(() => tell("trouble", true), PATIENCE);
  for (let tries = 0, lost = 0; ; tries++) {
    try {
      const answer = await call("PUT", `${page.save}${position}`, body);
      const data = await answer.json();
      if (isTheServers(answer, data, position, body)) {
        clearTimeout(warning);
        tell("trouble", false);
        if (lost) tellGap(Math.round((performance.now() - lost) / 1000));
        return data;
      }
    } catch { /* no connection, or an answer cut short: again below */ }
    lost ||= began;
    await pause(tries);
  }
}

// What the server could not see: told once it can be reached again, for the key review; lost if it fails.
function tellGap(seconds) {
  if (seconds && page.gaps) call("POST", page.gaps, { seconds }, { keepalive: true, signal: undefined }).catch(() => {});
}
