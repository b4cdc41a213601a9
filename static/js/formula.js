// Formulas as people type them on one line, and as MathML: (a+b)/2, x^2, x_1, sqrt(x), 2*3, a<=b.
const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\s*(\d+(?:[.,]\d+)?|\p{L}+|<=|>=|!=|\+-|\S)/gu;
const SIGNS = { "*": "·", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "+-": "±", ":": "∶" };
const TYPED = Object.fromEntries(Object.entries(SIGNS).map(([typed, sign]) => [sign, typed]));

const DASHES = ["–", "‐", "‑"]; // what other programs make of a minus: before a number it is one
const LEADING = ["-", "−", ...DASHES, "+", "+-", "±"]; // a sign that belongs to what follows: 10^-3, 1/-2
const BETWEEN = [...LEADING, ...Object.keys(TYPED), ...Object.keys(SIGNS), ..."=<>,;)^_/"];
const ENDING = [...BETWEEN.filter((sign) => !LEADING.includes(sign)), ..."]}|.?!→"];
const CHARGE = ["-", "−", ...DASHES, "+"];
const SCRIPTED = ["msup", "msub", "msubsup"];

// Signs that are raised or lowered as they are typed or pasted, and braces after a mark: x², SO₄²⁻, 10^{-3}.
const SMALL = { "^": ["⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "0123456789+-=()n"], _: ["₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()"] };
const RUNS = Object.entries(SMALL).map(([sign, [small, large]]) => [sign, new RegExp(`[${small}]+`, "g"), small, large]);

function spelled(line) {
  let found = line;
  for (const [sign, run, small, large] of RUNS) {
    found = found.replace(run, (signs) => `${sign}(${[...signs].map((one) => large[small.indexOf(one)]).join("")})`);
  }
  for (let before = null; before !== found; ) {
    before = found;
    found = found.replace(/([\^_])\{([^{}]*)\}/g, "$1($2)");
  }
  return found;
}

const element = (name, ...children) => {
  const made = document.createElementNS(MATHML, name);
  made.append(...children);
  return made;
};
const row = (parts) => (parts.length === 1 ? parts[0] : element("mrow", ...parts));

// A line as <math>; null where a bracket or a part is missing.
export function formula(line) {
  const found = [...spelled(line).matchAll(TOKEN)];
  const tokens = found.map((one) => one[1]);
  const touches = (index) => found[index]?.[0] === tokens[index];
  let at = 0;

  const missing = () => {
    throw new SyntaxError(line);
  };
  const atom = () => {
    const token = tokens[at++];
    if (token === "(") return group();
    if (token === "sqrt" || token === "√") return element("msqrt", signed(atom));
    if (/^\d/.test(token)) return element("mn", token);
    if (/^\p{L}/u.test(token)) return element([...token].length === 1 ? "mi" : "mtext", token);
    if (token === undefined || ")^_/".includes(token)) return missing();
    return element("mo", SIGNS[token] ?? token);
  };
  const group = () => {
    const inside = sequence();
    if (tokens[at++] !== ")" || !inside.length) return missing();
    const made = element("mrow", element("mo", "("), ...inside, element("mo", ")"));
    made.bare = row(inside.map((part) => part.cloneNode(true)));
    return made;
  };
  // Brackets that only hold together what is divided, raised or under a root are not written.
  const bare = (made) => made.bare ?? made;
  const own = () => {
    const sign = atom();
    if (DASHES.includes(sign.textContent)) sign.textContent = "−";
    return sign;
  };
  // What stands after a mark, with its sign. A sign that touches nothing is itself what was written: Na^+, OH^- + H^+.
  const signed = (read, loose = true) => {
    if (!LEADING.includes(tokens[at])) return bare(read());
    const sign = own();
    const follows = tokens[at] !== undefined && !BETWEEN.includes(tokens[at]);
    if (follows && (loose || touches(at))) return row([sign, read()]);
    return loose ? missing() : sign;
  };
  // A number and a sign at once, where nothing is added to it or taken from it: Ca^2+, but not x^2+1 or x^2 + 1.
  const isCharge = () => {
    if (!/^\d+$/.test(tokens[at] ?? "") || !CHARGE.includes(tokens[at + 1]) || !touches(at + 1)) return false;
    return tokens[at + 2] === undefined || !touches(at + 2) || ENDING.includes(tokens[at + 2]);
  };
  const scripted = () => {
    const base = atom();
    const scripts = {};
    while (tokens[at] === "^" || tokens[at] === "_") {
      const sign = tokens[at++];
      if (scripts[sign]) return missing();
      scripts[sign] = sign === "^" && isCharge() ? row([atom(), own()]) : signed(atom, false);
    }
    const { _: below, "^": above } = scripts;
    if (below && above) return element("msubsup", base, below, above);
    return below ? element("msub", base, below) : above ? element("msup", base, above) : base;
  };
  const fraction = () => {
    let made = scripted();
    while (tokens[at] === "/") {
      at += 1;
      made = element("mfrac", bare(made), signed(scripted));
    }
    return made;
  };
  const sequence = () => {
    const parts = [];
    while (at < tokens.length && tokens[at] !== ")") parts.push(fraction());
    return parts;
  };

  try {
    const parts = sequence();
    return at === tokens.length && parts.length ? element("math", ...parts) : null;
  } catch {
    return null;
  }
}

// The line that makes this <math>; null where it holds what cannot be typed so.
export function line(math) {
  const found = written(math);
  return found !== null && formula(found)?.isEqualNode(plain(math)) ? found : null;
}

const plain = (math) => {
  const copy = math.cloneNode(true);
  for (const attribute of [...copy.attributes]) copy.removeAttribute(attribute.name);
  return copy;
};

// What stands after a mark as it is: one thing, with or without its sign; anything else in brackets.
function together(node, found, kinds) {
  if (kinds.includes(node.localName)) return found;
  const [first, last] = node.children;
  if (kinds.includes("charge") && isCharged(node)) return first.textContent + written(last);
  const sign = node.localName === "mrow" && node.children.length === 2 && first.localName === "mo" && written(first);
  if (!LEADING.includes(sign)) return `(${found})`;
  const inside = written(last);
  if (last.firstElementChild?.textContent === "(") return sign + inside;
  const bare = together(last, inside, [...kinds, "mo"]);
  return bare === inside ? sign + inside : `(${found})`;
}

function isCharged({ localName, children: [first, last, ...others] }) {
  if (localName !== "mrow" || last?.localName !== "mo" || others.length) return false;
  return first.localName === "mn" && /^\d+$/.test(first.textContent) && CHARGE.includes(last.textContent);
}

function written(node) {
  const parts = [...node.children].map(written);
  if (parts.includes(null)) return null;
  const held = (index, ...bare) => together(node.children[index], parts[index], ["mi", "mn", "mtext", "msqrt", ...bare]);
  switch (node.localName) {
    case "math":
    case "mrow":
      return parts.join(" ").replace(/\( /g, "(").replace(/ \)/g, ")");
    case "mi":
    case "mn":
    case "mtext":
      return node.textContent;
    case "mo":
      return TYPED[node.textContent] ?? node.textContent;
    case "mfrac":
      return `${held(0, ...SCRIPTED)}/${held(1, ...SCRIPTED)}`;
    case "msup":
      return `${parts[0]}^${held(1, "charge")}`;
    case "msub":
      return `${parts[0]}_${held(1)}`;
    case "msubsup":
      return `${parts[0]}_${held(1)}^${held(2, "charge")}`;
    case "msqrt":
      return `sqrt(${parts.join(" ")})`;
    default:
      return null;
  }
}
