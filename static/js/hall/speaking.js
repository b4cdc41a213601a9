// What a screen reader hears of the console: what is new, once; never a whole list again because one seat came to it.
const MOST = 5; // sentences that stay: what is taken away is not read
const place = document.querySelector("[data-spoken]");
const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
const title = (note) => words(note.querySelector(".c-note__title"));
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
const all = (note) => [...note.querySelectorAll("p")].map(words).filter(Boolean).map(sentence).join(" ");
const seats = (note) => [...note.querySelectorAll("a[href*='/seats/']")].map(words);

export const notesIn = (part) => [...part?.querySelectorAll(".c-note") ?? []];

export function speak(text) {
  if (!place || !text) return;
  place.append(Object.assign(document.createElement("p"), { textContent: text }));
  while (place.children.length > MOST) place.firstElementChild.remove();
}

// Of a note about seats that stood there before, the seats that have come to it; of any other note, all of it.
export function speakOfNew(before, after) {
  for (const note of after) {
    const same = before.filter((one) => title(one) === title(note));
    if (same.some((one) => all(one) === all(note))) continue;
    const known = new Set(same.flatMap(seats));
    const came = seats(note).filter((seat) => !known.has(seat));
    if (!known.size) speak(all(note));
    else if (came.length) speak(`${title(note)}: ${came.join(", ")}`);
  }
}
