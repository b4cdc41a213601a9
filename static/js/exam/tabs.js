// One window writes. Windows of one browser tell each other who does; the server, which judges revisions, needs none of
// this: it is for the person, who would otherwise wonder why an answer came out different. Of windows that open at the
// same moment (a browser brings back what it had open) the first by name writes.
import { page } from "./page.js";

const ASKING = 1000; // milliseconds in which another window may open beside this one

const second = document.querySelector("[data-second]");
export function watchTabs() {
  if (!second || page.state !== "in_progress" || !("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(`exam ${page.outboxName}`);
  const own = `${Date.now()} ${Math.random()}`;
  let isWriter = true;
  let isSettled = false;

  const become = (writer) => {
    isWriter = writer;
    second.hidden = writer;
    document.querySelector("[data-question]")?.toggleAttribute("inert", !writer);
  };
  channel.addEventListener("message", ({ data }) => {
    if (data.who === own) return;
    if (data.says === "here?" && isWriter) {
      if (isSettled || own < data.who) channel.postMessage({ says: "I write", who: own, to: data.who });
      else become(false);
    }
    if (data.says === "I write" && data.to === own) become(false);
    if (data.says === "I take over") become(false);
  });
  second.querySelector("button").addEventListener("click", () => {
    channel.postMessage({ says: "I take over", who: own });
    location.reload(); // what the other window saved meanwhile is shown
  });
  addEventListener("pagehide", () => channel.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  channel.postMessage({ says: "here?", who: own });
  setTimeout(() => { isSettled = true; }, ASKING);
}
