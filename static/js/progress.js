// A page that tells how far work is: what it says is fetched anew each second, in place, until the work is over.
// Without script the page reloads itself (see the template).
const EVERY = 1000; // milliseconds

async function look() {
  const shown = document.getElementById("progress");
  let found = null;
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (answer.redirected) {
      window.location.reload(); // it is over, and what it gave has a page of its own
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    found = page.getElementById("progress");
  } catch {
    // The connection is away for a moment: the next look may find it again.
  }
  if (found !== null && !found.hasAttribute("data-running")) {
    window.location.reload();
    return;
  }
  if (found !== null) {
    update(shown, found);
  }
  window.setTimeout(look, EVERY);
}

// Only what has changed is touched, so that the focus stays on the button and a reader hears nothing twice.
function update(shown, found) {
  const [bar, newBar] = [shown, found].map((place) => place.querySelector("progress"));
  if (newBar.hasAttribute("max")) {
    bar.max = newBar.max;
    bar.value = newBar.value;
  }
  const [now, later] = [shown, found].map((place) => place.querySelectorAll("p"));
  if (now.length !== later.length) {
    const focused = shown.contains(document.activeElement);
    shown.replaceChildren(...found.childNodes);
    if (focused) {
      shown.querySelector("button")?.focus();
    }
    return;
  }
  later.forEach((line, index) => {
    if (now[index].textContent !== line.textContent) {
      now[index].textContent = line.textContent;
    }
  });
}

window.setTimeout(look, EVERY);
