// What every exam page knows: addresses, the token, the words it may need. Written by the server, read once.
export const page = document.getElementById("exam")?.dataset ?? {};
export const within = (milliseconds) => (AbortSignal.timeout ? AbortSignal.timeout(milliseconds) : undefined);

// What the page remembers from one question to the next, in this window and for this test only.
export const kept = (name) => `${name} ${page.outboxName}`;

// Whether the server itself can be reached; a hall's network may answer in its place, with a page of its own.
export async function isAlive() {
  try {
    const answer = await fetch(page.alive, { cache: "no-store", redirect: "error", signal: within(5000) });
    return answer.ok && (await answer.json()).status === "ok";
  } catch {
    return false;
  }
}

const RETRY_AFTER = [1000, 2000, 4000, 8000];
// The pause before the next try, cut short when the computer knows that it has its network back.
export const pause = (tries) => new Promise((done) => {
  const end = () => {
    clearTimeout(timer);
    removeEventListener("online", end);
    done();
  };
  const timer = setTimeout(end, RETRY_AFTER[Math.min(tries, RETRY_AFTER.length - 1)]);
  addEventListener("online", end);
});

export function call(method, address, body, options = {}) {
  return fetch(address, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": page.token },
    body: JSON.stringify(body),
    signal: within(10000),
    ...options,
  });
}
