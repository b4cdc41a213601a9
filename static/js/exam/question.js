// One question: each choice goes to the outbox at once; "saved" is shown only on the server's word.
import { stay } from "./leaving.js";
import { kept, page } from "./page.js";
import { see } from "./palette.js";
import { left, on, save, unsentOf } from "./sending.js";

const words = document.querySelector("[data-saving]")?.dataset;
let form = null; // of the question that the page shows
let shown = null; // what is done with it

const check = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="M4 10.5l4 4 8-9"/></svg>';
const waitIcon = '<svg class="c-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8"/><path d="M10 5.5V10l3 2"/></svg>';
const place = Intl.DateTimeFormat("ru-RU", { timeZone: document.body.dataset.zone || "Asia/Bishkek", timeStyle: "medium" });

// What was acknowledged, in the palette of whichever page is open.
const map = document.querySelector("[data-palette]");
on("acknowledged", (position, data) => {
  const entry = map?.querySelector(`[data-position="${position}"]`);
  if (!entry) return;
  entry.classList.remove("is-unsent", "is-new");
  entry.classList.toggle("is-done", data.response.length > 0);
  entry.classList.toggle("is-flag", data.flagged);
  const { wordDone, wordOpen, wordFlag } = map.dataset;
  const state = data.response.length ? wordDone : wordOpen;
  entry.querySelector(".u-hidden").textContent = `, ${state}${data.flagged ? `, ${wordFlag}` : ""}`;
  const answered = map.querySelectorAll(".is-done").length;
  const progress = document.querySelector(".c-progress");
  if (!progress) return;
  document.querySelector("[data-answered]").textContent = answered;
  progress.value = answered;
  progress.setAttribute("aria-label", progress.dataset.label.replace("%(n)s", answered));
});

// Another window was first, the time is up, or the test goes on elsewhere: the page, loaded anew, shows what is true.
on("refused", (_position, data) => {
  if (data.code === "attempt_paused") return; // the curtain falls with the next call
  stay();
  if (["stale_revision", "invalid_response"].includes(data.code)) sessionStorage.setItem(kept("notice"), data.detail);
  location.reload();
});
on("late", () => {
  sessionStorage.setItem(kept("notice"), page.late);
  location.assign(page.resume);
});

export function startQuestion() {
  const notice = document.querySelector("[data-notice]");
  const said = sessionStorage.getItem(kept("notice"));
  if (notice && said) {
    notice.querySelector("p").textContent = said;
    notice.hidden = false;
    if (page.state === "in_progress") sessionStorage.removeItem(kept("notice")); // elsewhere it stays until the end
  }
  show(document.querySelector("[data-question]"));
}

// The page shows this question from now on.
export function show(asked) {
  form = asked;
  shown = form && question(form);
  if (!form) return;
  see(Number(form.dataset.question));
}

// Whether the question is as the server knows it, or was told: nothing is typed that only its form would bring.
export const isSettled = () => shown.isSettled();

on("acknowledged", (position, data) => shown?.acknowledged(position, data));
on("trouble", (isTrouble) => shown?.trouble(isTrouble));
left.then((some) => { if (some) shown?.restore(); });

// Keys by their place on the keyboard, alike on Kyrgyz, Russian and Latin layouts.
document.addEventListener("keydown", (event) => {
  if (!form || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (form.closest("[hidden], [inert]")) return; // a curtain pressed away is open again only a moment later
  if (event.code === "KeyR") { event.preventDefault(); form.querySelector("[data-next]").click(); }
  if (event.code === "Comma") { event.preventDefault(); form.querySelector("[data-flag]").click(); }
});

function question(form) {
  const position = Number(form.dataset.question);
  const status = form.querySelector("[data-status]");
  const revision = form.elements.revision;
  const flagButton = form.querySelector("[data-flag]");
  const entry = map.querySelector(`[data-position="${position}"]`);

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

  let told = null;
  function change() {
    told = chosen().join();
    say(" c-saved--wait", waitIcon, words.saving);
    save(position, { response: chosen(), flagged: isFlagged() }, Number(revision.value));
  }
  function acknowledged(which, data) {
    if (which !== position) return;
    revision.value = data.revision + 1;
    if (unsentOf(position).length) return;
    say("", check, words.saved, place.format(new Date(data.saved_at)));
    const notice = document.querySelector("[data-notice]");
    if (notice) notice.hidden = true;
  }
  function trouble(isTrouble) {
    if (!isTrouble || !unsentOf(position).length) return;
    entry.classList.add("is-unsent");
    say(" c-saved--wait", waitIcon, words.failed);
  }

  // What was given before the browser died is shown again, and said to be on its way.
  function restore() {
    if (!unsentOf(position).length) return;
    const { response, flagged } = unsentOf(position).at(-1);
    say(" c-saved--wait", waitIcon, words.failed);
    entry.classList.add("is-unsent");
    flagButton.setAttribute("aria-pressed", String(flagged));
    if (order) {
      for (const id of response) order.append(order.querySelector(`[data-line="${CSS.escape(id)}"]`));
      if (response.length) numberLines();
      return;
    }
    for (const field of form.querySelectorAll("[name=response]")) {
      if (["radio", "checkbox"].includes(field.type)) field.checked = response.includes(field.value);
      else if (field.tagName === "SELECT") field.value = response.find((one) => [...field.options].some((each) => each.value === one)) ?? "";
      else field.value = response[0] ?? "";
    }
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
    numberLines();
    (button.disabled ? button.closest("li").querySelector("[data-move]:not(:disabled)") : button).focus();
    change();
  }
  function numberLines() {
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

  // Chosen while this script was still on its way, over a slow line: it goes out too.
  const untouched = (field) => {
    if (["radio", "checkbox"].includes(field.type)) return field.checked === field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value === field.defaultValue;
    return field.value === ([...field.options].find((each) => each.defaultSelected) ?? field.options[0]).value;
  };
  told = chosen().join();
  const early = [...form.querySelectorAll("[name=response]")].find((field) => !untouched(field));
  early?.dispatchEvent(new Event("change", { bubbles: true }));
  return { acknowledged, trouble, restore, isSettled: () => told === chosen().join() && !form.querySelector("[aria-invalid=true]") };
}
