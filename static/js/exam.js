// The exam pages. Everything here only improves what the forms do without script: it saves each choice at once, shows
// the time left, and keeps the page alive through a lost connection. "Saved" is shown only on the server's word.
const RETRY_AFTER = [1000, 2000, 4000, 8000];
const show = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
};
const within = (milliseconds) => (AbortSignal.timeout ? AbortSignal.timeout(milliseconds) : undefined);
// The pause before the next try, cut short when the computer knows that it has its network back.
const pause = (tries) => new Promise((done) => {
  const timer = setTimeout(done, RETRY_AFTER[Math.min(tries, RETRY_AFTER.length - 1)]);
  addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
});
let sending = null; // the save under way; resolves when all is acknowledged or the server has refused

// --- the clock: seconds from the server, ticked by the monotonic clock of the browser, never by the PC's time of day
const clock = document.querySelector("[data-clock]");
let endsAt = clock ? performance.now() + Number(clock.dataset.clock) * 1000 : 0;
const spoken = document.getElementById("spoken");
const announced = new Set();
function setRemaining(seconds) {
  endsAt = performance.now() + seconds * 1000;
}
function tick() {
  const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  clock.querySelector(".c-clock__value").textContent = show(left);
  if (left <= 600) clock.classList.add("c-clock--soon");
  for (const minutes of [10, 5, 1]) {
    if (left <= minutes * 60 && left > minutes * 60 - 5 && !announced.has(minutes)) {
      announced.add(minutes);
      spoken.textContent = clock.dataset.minutes.replace("%(n)s", minutes);
    }
  }
  if (left === 0 && !announced.has(0)) {
    announced.add(0);
    spoken.textContent = clock.dataset.ended;
    if (clock.dataset.over) setTimeout(leaveAtTheEnd, 1500); // the test; an appeal's hour leads nowhere
  }
}
async function leaveAtTheEnd() {
  await sending; // an answer that comes too late is kept by the server, though not scored
  try {
    const answer = await fetch(clock.dataset.over, { method: "GET", redirect: "follow", signal: within(10000) });
    await answer.text();
    if (answer.ok) return location.assign(clock.dataset.over);
  } catch { /* no connection: try again below */ }
  setTimeout(leaveAtTheEnd, 3000);
}
if (clock) { tick(); setInterval(tick, 1000); }

// --- going on waits until every answer is acknowledged and the server can be reached: a page that is left without a
// connection is lost, and with it the words that say what to do
const offline = document.querySelector("[data-offline]");
let leaving = null; // what was pressed last
async function reachable() {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await fetch(offline.dataset.alive, { cache: "no-store", signal: within(5000) });
      await answer.text();
      if (answer.ok) break;
    } catch { /* said below */ }
    offline.hidden = false;
    await pause(tries);
  }
  offline.hidden = true;
}
async function leave(how) {
  const isFirst = !leaving;
  leaving = how;
  if (!isFirst) return;
  await sending;
  if (!leaving) return;
  await reachable();
  how = leaving;
  leaving = null;
  how();
}
if (offline) {
  let isCleared = false;
  document.addEventListener("submit", (event) => {
    if (isCleared) return;
    event.preventDefault();
    const { target, submitter } = event;
    leave(() => { isCleared = true; target.requestSubmit(submitter); isCleared = false; });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isOrdinary = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || event.defaultPrevented || !isOrdinary || link.target || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    leave(() => location.assign(link.href));
  });
}

// --- one question: save each choice at once
const form = document.querySelector("[data-question]");
if (form) {
  const status = form.querySelector("[data-status]");
  const revision = form.elements.revision;
  const notice = document.querySelector("[data-notice]");
  const check = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="M4 10.5l4 4 8-9"/></svg>';
  const waitIcon = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8"/><path d="M10 5.5V10l3 2"/></svg>';
  const flagButton = form.querySelector("[data-flag]");
  const words = document.querySelector("[data-palette]").dataset;
  const palette = document.querySelector(`[data-palette] [data-position="${form.dataset.question}"]`);
  const progress = document.querySelector(".c-progress");
  let wanted = null; // what the candidate chose and the server has not acknowledged

  // The answer as the server keeps it: what is ticked, matched or written, or the lines in their order.
  const order = form.querySelector("[data-order]");
  const number = form.querySelector("[data-number]");
  const isTicked = (field) => field.checked || !["radio", "checkbox"].includes(field.type);
  const chosen = () => {
    if (order) return "given" in order.dataset ? [...order.children].map((line) => line.dataset.line) : [];
    return [...form.querySelectorAll("[name=response]")].filter(isTicked).map((field) => field.value.trim()).filter(Boolean);
  };
  const isFlagged = () => flagButton.getAttribute("aria-pressed") === "true";
  const say = (kind, icon, text, time) => {
    status.className = `c-saved${kind}`;
    status.innerHTML = icon;
    status.append(text);
    if (time) {
      const span = document.createElement("span");
      span.className = "u-num";
      span.textContent = ` ${time}`;
      status.append(span);
    }
  };
  const place = Intl.DateTimeFormat("ru-RU", { timeZone: document.body.dataset.zone || "Asia/Bishkek", timeStyle: "medium" });

  function change() {
    wanted = { response: chosen(), flagged: isFlagged() };
    say(" c-saved--wait", waitIcon, form.dataset.saving);
    sending ||= send().finally(() => { sending = null; });
  }

  async function send() {
    while (wanted) {
      const now = wanted;
      const data = await deliver({ ...now, revision: Number(revision.value) });
      if (!data) return;
      offline.hidden = true;
      revision.value = data.revision + 1;
      setRemaining(data.remaining_seconds);
      if (wanted === now) wanted = null;
      acknowledged(data, wanted === null);
    }
  }

  // The same save again and again until the server answers: if it had arrived and only its answer was lost, the server
  // knows the repetition and gives the same receipt. A newer choice waits its turn, else it would look like another
  // window's.
  async function deliver(save) {
    let lost = 0; // when the server was first out of reach
    for (let tries = 0; ; tries++) {
      try {
        const answer = await fetch(form.dataset.save, {
          method: "PUT",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.token },
          body: JSON.stringify(save),
          signal: within(10000),
        });
        if (answer.status < 500) {
          const data = await answer.json();
          if (lost) tellGap(Math.round((performance.now() - lost) / 1000));
          return answer.ok ? data : refused(data);
        }
      } catch { /* no connection, or an answer cut short: again below */ }
      lost ||= performance.now();
      palette.classList.add("is-unsent");
      say(" c-saved--wait", waitIcon, form.dataset.failed);
      if (tries) offline.hidden = false; // a single failure is no news
      await pause(tries);
    }
  }

  // What the server could not see: told once it can be reached again, for the key review; lost if it fails.
  function tellGap(seconds) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.token };
    if (seconds) fetch(form.dataset.gaps, { method: "POST", headers, body: JSON.stringify({ seconds }), keepalive: true }).catch(() => {});
  }

  function acknowledged(data, all) {
    palette.classList.remove("is-unsent", "is-new");
    palette.classList.toggle("is-done", data.response.length > 0);
    palette.classList.toggle("is-flag", data.flagged);
    const state = data.response.length ? words.wordDone : words.wordOpen;
    palette.querySelector(".u-hidden").textContent = `, ${state}${data.flagged ? `, ${words.wordFlag}` : ""}`;
    if (all) say("", check, form.dataset.saved, place.format(new Date(data.saved_at)));
    const answered = document.querySelectorAll("[data-palette] .is-done").length;
    document.querySelector("[data-answered]").textContent = answered;
    progress.value = answered;
    progress.setAttribute("aria-label", progress.dataset.label.replace("%(n)s", answered));
    if (all) notice.hidden = true;
  }

  // Another window was first, the time is up, or the test goes on elsewhere: the page, loaded anew, shows what is true.
  function refused(data) {
    wanted = leaving = null;
    if (["stale_revision", "invalid_response"].includes(data.code)) sessionStorage.setItem("notice", data.detail);
    location.reload();
  }
  if (sessionStorage.getItem("notice")) {
    notice.querySelector("p").textContent = sessionStorage.getItem("notice");
    notice.hidden = false;
    sessionStorage.removeItem("notice");
  }

  // A number is sent when it is one; what is none stays in its field, with the words that say what to do.
  const isNumber = (text) => /^[+\-\u2212\u2013]?\d{1,15}([.,]\d{1,10})?$/.test(text.replace(/\s/g, ""));
  form.addEventListener("change", (event) => {
    if (event.target.name !== "response") return;
    if (number) {
      const isFine = !number.value.trim() || isNumber(number.value);
      document.getElementById("misread").hidden = isFine;
      number.setAttribute("aria-invalid", String(!isFine));
      if (!isFine) return;
    }
    change();
  });
  function move(button) {
    const line = button.closest("li");
    const up = button.dataset.move === "-1";
    const other = up ? line.previousElementSibling : line.nextElementSibling;
    if (other) other[up ? "before" : "after"](line);
    settle(button);
    const told = form.querySelector("[data-moved]");
    told.textContent = told.dataset.words.replace("%(n)s", [...order.children].indexOf(line) + 1);
  }
  function settle(button) {
    order.dataset.given = "";
    form.querySelector("[data-keep]").hidden = true;
    [...order.children].forEach((line, index, lines) => {
      if (!line.querySelector("[name=response]")) {
        line.append(Object.assign(document.createElement("input"), { type: "hidden", name: "response", value: line.dataset.line }));
      }
      line.querySelector(".c-order__number").textContent = index + 1;
      line.querySelector("[data-move='-1']").disabled = index === 0;
      line.querySelector("[data-move='1']").disabled = index === lines.length - 1;
    });
    (button.disabled ? button.closest("li").querySelector("[data-move]:not(:disabled)") : button).focus();
    change();
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button === flagButton) {
      event.preventDefault();
      flagButton.setAttribute("aria-pressed", String(!isFlagged()));
      flagButton.value = isFlagged() ? "0" : "1";
      change();
    } else if (button.name === "clear") {
      event.preventDefault();
      if (!chosen().length) return;
      for (const field of form.querySelectorAll("[name=response]")) {
        if (order) field.remove();
        else if (["radio", "checkbox"].includes(field.type)) field.checked = false;
        else field.value = "";
      }
      if (order) {
        delete order.dataset.given;
        form.querySelector("[data-keep]").hidden = false;
      }
      change();
    } else if ("move" in button.dataset) {
      event.preventDefault();
      move(button);
    } else if ("keep" in button.dataset) {
      event.preventDefault();
      settle(order.querySelector("[data-move]:not(:disabled)"));
    }
  });
  addEventListener("beforeunload", (event) => { if (wanted) event.preventDefault(); });

  // Keys by their place on the keyboard, alike on Kyrgyz, Russian and Latin layouts.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.code === "KeyR") { event.preventDefault(); form.querySelector("[data-next]").click(); }
    if (event.code === "Comma") { event.preventDefault(); flagButton.click(); }
  });
}

// --- the palette: one tab stop, arrows move inside
const map = document.querySelector("[data-palette]");
if (map && map.querySelector("a")) {
  const links = [...map.querySelectorAll("a")];
  const home = links.find((link) => link.hasAttribute("aria-current")) || links[0];
  for (const link of links) link.tabIndex = link === home ? 0 : -1;
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

// --- the end: a dialog instead of a page of its own; the focus begins on "no"
for (const link of document.querySelectorAll("[data-dialog]")) {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!dialog || !dialog.showModal) continue;
  link.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}
