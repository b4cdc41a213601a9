// The exam page. Everything here only improves what the forms do without script: it saves each choice at once, shows
// the time left, and keeps the page alive through a lost connection. "Saved" is shown only on the server's word.
const RETRY_AFTER = [1000, 2000, 4000, 8000];
const QUIET_FOR = 3000; // a lost connection is announced after three seconds
const show = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
};

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
  if (!clock.dataset.over) return;
  if (left <= 600) clock.classList.add("c-clock--soon");
  for (const minutes of [10, 5, 1]) {
    if (left <= minutes * 60 && left > minutes * 60 - 5 && !announced.has(minutes)) {
      announced.add(minutes);
      spoken.textContent = spoken.dataset.minutes.replace("%(n)s", minutes);
    }
  }
  if (left === 0 && !announced.has(0)) {
    announced.add(0);
    spoken.textContent = spoken.dataset.over;
    setTimeout(leaveAtTheEnd, 1500);
  }
}
async function leaveAtTheEnd() {
  try {
    const answer = await fetch(clock.dataset.over, { method: "GET", redirect: "follow" });
    if (answer.ok) return location.assign(clock.dataset.over);
  } catch { /* no connection: try again below */ }
  setTimeout(leaveAtTheEnd, 3000);
}
if (clock) { tick(); setInterval(tick, 1000); }

// --- one question: save each choice at once
const form = document.querySelector("[data-question]");
if (form) {
  const status = form.querySelector("[data-status]");
  const revision = form.elements.revision;
  const offline = document.querySelector("[data-offline]");
  const check = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="M4 10.5l4 4 8-9"/></svg>';
  const waitIcon = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8"/><path d="M10 5.5V10l3 2"/></svg>';
  const flagButton = form.querySelector("[data-flag]");
  const palette = document.querySelector(`[data-palette] [data-position="${form.dataset.question}"]`);
  let wanted = null; // what the candidate chose and the server has not acknowledged
  let sending = null;
  let tries = 0;
  let silentSince = 0;

  const chosen = () => [...form.querySelectorAll("[name=response]:checked")].map((input) => input.value);
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
    if (!sending) sending = send().finally(() => { sending = null; });
    return sending;
  }

  async function send() {
    while (wanted) {
      const now = wanted;
      const body = { ...now, revision: Number(revision.value) };
      try {
        const answer = await fetch(form.dataset.save, {
          method: "PUT",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf_token.value },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout ? AbortSignal.timeout(10000) : undefined,
        });
        if (answer.status >= 500) throw new Error("server");
        const data = await answer.json();
        if (!answer.ok) return refused(answer.status, data);
        tries = 0;
        offline.hidden = true;
        revision.value = data.revision + 1;
        setRemaining(data.remaining_seconds);
        if (wanted === now) wanted = null;
        acknowledged(data, wanted === null);
      } catch {
        silentSince ||= performance.now();
        palette.classList.add("is-unsent");
        say(" c-saved--wait", waitIcon, form.dataset.failed);
        if (performance.now() - silentSince >= QUIET_FOR || tries > 0) offline.hidden = false;
        await new Promise((done) => setTimeout(done, RETRY_AFTER[Math.min(tries++, RETRY_AFTER.length - 1)]));
      }
    }
  }

  function acknowledged(data, all) {
    silentSince = 0;
    palette.classList.remove("is-unsent", "is-new");
    palette.classList.toggle("is-done", data.response.length > 0);
    palette.classList.toggle("is-flag", data.flagged);
    if (all) say("", check, form.dataset.saved, place.format(new Date(data.saved_at)));
    const answered = document.querySelectorAll("[data-palette] .is-done").length;
    document.querySelector("[data-answered]").textContent = answered;
    document.querySelector(".c-progress").value = answered;
  }

  function refused(code, data) {
    wanted = null;
    // Another window was first, the time is up, or the test goes on elsewhere: the page knows which, and says so.
    location.reload();
  }

  form.addEventListener("change", (event) => { if (event.target.name === "response") change(); });
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
      for (const input of form.querySelectorAll("[name=response]:checked")) input.checked = false;
      change();
    }
  });
  // Going on waits for the acknowledgement, so that no answer is left behind on this computer.
  form.addEventListener("submit", (event) => {
    if (!sending) return;
    event.preventDefault();
    const button = event.submitter;
    sending.then(() => { if (!wanted) form.requestSubmit(button); });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !sending || link.target) return;
    event.preventDefault();
    sending.then(() => { if (!wanted) location.assign(link.href); });
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
const map = document.querySelector("nav [data-palette], section [data-palette]");
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
