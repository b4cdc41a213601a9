// Formulas as people type them on one line, and as MathML: (a+b)/2, x^2, x_1, sqrt(x), 2*3, a<=b.
const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\s*(\d+(?:[.,]\d+)?|\p{L}+|<=|>=|!=|\+-|\S)/gu;
const SIGNS = { "*": "·", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "+-": "±", ":": "∶" };
const TYPED = Object.fromEntries(Object.entries(SIGNS).map(([typed, sign]) => [sign, typed]));

const SCRIPTED = ["msup", "msub", "msubsup"];

const element = (name, ...children) => {
  const made = document.createElementNS(MATHML, name);
  made.append(...children);
  return made;
};
const row = (parts) => (parts.length === 1 ? parts[0] : element("mrow", ...parts));

// A line as <math>; null where a bracket or a part is missing.
export function formula(line) {
  const tokens = [...line.matchAll(TOKEN)].map((found) => found[1]);
  let at = 0;

  const atom = () => {
    const token = tokens[at++];
    if (token === "(") return group();
    if (token === "sqrt" || token === "√") return element("msqrt", bare(atom()));
    if (/^\d/.test(token)) return element("mn", token);
    if (/^\p{L}/u.test(token)) return element([...token].length === 1 ? "mi" : "mtext", token);
    if (token === undefined || ")^_/".includes(token)) throw new SyntaxError(line);
    return element("mo", SIGNS[token] ?? token);
  };
  const group = () => {
    const inside = sequence();
    if (tokens[at++] !== ")" || !inside.length) throw new SyntaxError(line);
    const made = element("mrow", element("mo", "("), ...inside, element("mo", ")"));
    made.bare = row(inside.map((part) => part.cloneNode(true)));
    return made;
  };
  // Brackets that only hold together what is divided, raised or under a root are not written.
  const bare = (made) => made.bare ?? made;
  const scripted = () => {
    const base = atom();
    const scripts = {};
    while (tokens[at] === "^" || tokens[at] === "_") {
      const sign = tokens[at++];
      if (scripts[sign]) throw new SyntaxError(line);
      scripts[sign] = bare(atom());
    }
    const { _: below, "^": above } = scripts;
    if (below && above) return element("msubsup", base, below, above);
    return below ? element("msub", base, below) : above ? element("msup", base, above) : base;
  };
  const fraction = () => {
    let made = scripted();
    while (tokens[at] === "/") {
      at += 1;
      made = element("mfrac", bare(made), bare(scripted()));
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

function written(node) {
  const parts = [...node.children].map(written);
  if (parts.includes(null)) return null;
  const held = (index, ...bare) =>
    ["mi", "mn", "mtext", "msqrt", ...bare].includes(node.children[index].localName) ? parts[index] : `(${parts[index]})`;
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
      return `${parts[0]}^${held(1)}`;
    case "msub":
      return `${parts[0]}_${held(1)}`;
    case "msubsup":
      return `${parts[0]}_${held(1)}^${held(2)}`;
    case "msqrt":
      return `sqrt(${parts.join(" ")})`;
    default:
      return null;
  }
}
