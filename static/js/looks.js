// What inline styles say that an element says as well, by the rules of core/looks.py: raised, lowered, bold, slanted,
// underlined letters. Other styles are look only. (In a cell of a table vertical-align places, it raises nothing.)
const INLINE = `a, abbr, b, bdi, bdo, big, cite, code, dfn, em, font, i, ins, kbd, mark, q, samp, small, span, strong, sub,
  sup, time, tt, u, var`;
const ELEMENTS = { b: "b, strong", i: "i, em", u: "u", sup: "", sub: "" };
const MEANS = { strong: "b", em: "i", ins: "u" };
const RAISED = ["sup", "sub"];
const BOLD = /^(?:bold|bolder|[6-9]00)$/;
const NOT_BOLD = /^(?:normal|lighter|[1-5]00)$/;
const LENGTH = /^([-+]?)(?=[\d.]*[1-9])[\d.]+(?:[a-z]{1,4}|%)$/; // other than nothing

// Names of elements, with a minus before one that the letters are not: "sup b -i".
export function said(style) {
  const given = {};
  for (const one of style.replace(/&#?\w+;/g, "").split(";")) {
    const found = /^\s*([a-z-]+)\s*:\s*([^!]*)/i.exec(one);
    if (found) given[found[1].toLowerCase()] = found[2].trim().toLowerCase();
  }
  const says = [raised(given)];
  const { "font-weight": weight = "", "font-style": slant = "" } = given;
  if (BOLD.test(weight)) says.push("b");
  if (NOT_BOLD.test(weight)) says.push("-b");
  if (slant === "italic" || slant === "oblique") says.push("i");
  if (slant === "normal") says.push("-i");
  if (`${given["text-decoration"]} ${given["text-decoration-line"]}`.includes("underline")) says.push("u");
  return says.join(" ").trim();
}

function raised({ "vertical-align": place = "", "mso-text-raise": raise = "", position, top = "", bottom = "" }) {
  if (place === "super") return "sup";
  if (place === "sub") return "sub";
  const moved = position === "relative" ? [[top, "-"], [bottom, "+"]] : [];
  for (const [value, above] of [[place, "+"], [raise, "+"], ...moved]) {
    const found = LENGTH.exec(value);
    if (found) return (found[1] || "+") === above ? "sup" : "sub";
  }
  return "";
}

// Raised once, it is not raised again by what says the same: <sup><span style="vertical-align: super">2</span></sup>.
// After other raised letters it is: a power in a power.
function isAtBeginning(around) {
  const raised = around.closest("sup, sub");
  return raised !== null && !raised.textContent.trim();
}

// All its words are, by elements in it.
function isRaised(node) {
  const others = node.cloneNode(true);
  for (const one of others.querySelectorAll("sup, sub")) one.remove();
  return node.querySelector("sup, sub") !== null && !others.textContent.trim();
}

// Of an element that stands in `around` once it is copied: what its style adds, and whether it is itself no more so.
export function looks(node, around) {
  const says = node.matches(INLINE) ? (node.getAttribute("data-look") ?? "").split(" ") : [];
  const own = MEANS[node.localName] ?? node.localName;
  const isNot = says.includes(`-${own}`);
  const added = says.filter((tag) => {
    if (!(tag in ELEMENTS) || tag === own) return false;
    if (!ELEMENTS[tag]) return !RAISED.includes(own) && !isRaised(node) && !isAtBeginning(around);
    return !around.closest(ELEMENTS[tag]) && !(tag === "u" && node.closest("a")); // of a link it is look
  });
  return { added, isNot };
}
