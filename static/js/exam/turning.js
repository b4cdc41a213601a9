// From one question to the next: the question changes, the page stays. Only its form is fetched, so that a hall full of
// people who go on costs the server little, and nothing flickers; whatever is not as expected is left to the browser,
// which loads the whole page.
import { page, within } from "./page.js";
import { hasPlace, setTabStop } from "./palette.js";
import { isSettled, show } from "./question.js";
import { on } from "./sending.js";

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

// The questions that follow come along, and are kept until they are shown: going on asks nothing of the server. What was
// shown is asked for anew; so is one that an answer was acknowledged for meanwhile (left behind by a page before).
const AHEAD = 9;
const following = new Map(); // by address, as the server showed them
on("acknowledged", (position) => following.delete(page.questions + position));

// So many after this address as are neither kept nor beyond the last.
function missing(address) {
  const first = Number(address.slice(page.questions.length)) + 1;
  let ahead = 0;
  while (ahead < AHEAD && hasPlace(first + ahead) && !following.has(page.questions + (first + ahead))) ahead++;
  return ahead;
}

// The question at this address as the server shows it; nothing where it does not.
export async function part(address) {
  if (following.has(address)) return following.get(address);
  try {
    const answer = await fetch(`${address}/part?ahead=${missing(address)}`, { cache: "no-store", redirect: "manual", signal: within(5000) });
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const [found, ...others] = holder.content.children;
    if (!answer.ok || !found?.matches("form[data-question]")) return null;
    for (const form of others) following.set(page.questions + form.dataset.question, form);
    return found;
  } catch {
    return null; // no connection, a test that has ended, a page of somebody else
  }
}

export function turn(form, address) {
  form.inert = asked().inert; // another window may have taken over meanwhile
  following.delete(address);
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
