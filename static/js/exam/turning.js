// From one question to the next: the question changes, the page stays. Only its form is fetched, so that a hall full of
// people who go on costs the server little, and nothing flickers; whatever is not as expected is left to the browser,
// which loads the whole page.
import { page, within } from "./page.js";
import { setTabStop } from "./palette.js";
import { isSettled, show } from "./question.js";

let path = location.pathname;
const asked = () => document.querySelector("form[data-question]");

// The address of the question that a button or a link leads to; nothing where the whole page is to be loaded: there is
// no such page here, another window writes, or something was typed that only the form itself would bring.
export function placeOf(target, submitter) {
  const form = asked();
  if (!form || !page.questions || form.inert || !isSettled()) return null;
  if (target.matches("[data-palette] a")) return target.pathname;
  return target === form && submitter?.name === "go" && /^\d+$/.test(submitter.value) ? page.questions + submitter.value : null;
}

// The question at this address as the server shows it now; nothing where it does not.
export async function part(address) {
  try {
    const answer = await fetch(`${address}/part`, { cache: "no-store", redirect: "manual", signal: within(5000) });
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const found = holder.content.firstElementChild;
    return answer.ok && found?.matches("form[data-question]") ? found : null;
  } catch {
    return null; // no connection, a test that has ended, a page of somebody else
  }
}

export function turn(form, address) {
  form.inert = asked().inert; // another window may have taken over meanwhile
  asked().replaceWith(form);
  history.pushState(null, "", address);
  path = address;
  const title = form.querySelector("h1");
  document.title = `${title.textContent} — ${document.title.split(" — ").at(-1)}`;
  for (const field of document.querySelectorAll("input[name=next]")) field.value = address;
  document.querySelector(".c-flashes")?.remove(); // said of the question before
  document.querySelector("[data-notice]")?.toggleAttribute("hidden", true);
  document.getElementById("spoken").textContent = "";
  show(form);
  setTabStop();
  scrollTo(0, 0);
  title.focus({ preventScroll: true });
}

// Back and forward lead to whole pages; a way within the page leads nowhere.
addEventListener("popstate", () => { if (location.pathname !== path) location.reload(); });
