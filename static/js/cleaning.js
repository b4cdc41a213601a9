// What is kept of a text with formatting, typed or pasted: the elements of the list, in blocks beside one another.
import { looks, said } from "./looks.js";

const { allowed, media: MEDIA } = document.querySelector("[data-editor] [data-tools]").dataset;
const ALLOWED = JSON.parse(allowed); // of core/markup.py: elements and their attributes
const PICTURE = /^[0-9a-f]{64}\.(?:png|jpg|svg)$/;
export const BLOCKS = "p, ul, ol, table";
const SEEN = "br, img, math, ul, ol, table"; // without a word
// Of a formula that a page draws twice (KaTeX), once for the eye alone, one stays.
const DROPPED = ".katex-mathml + .katex-html, script, style, template, title, object, iframe, svg, annotation, annotation-xml, s, strike, del, [data-gone]";
// Blocks that are not on the list (core/blocks.py): their words stay apart from those beside them.
const APART = new Set(
  `address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure
  footer form h1 h2 h3 h4 h5 h6 header hgroup html label legend listing main marquee menu multicol nav optgroup option
  output pre rb rp rt rtc search section summary`.split(/\s+/),
);
const GONE = /line-through|display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all/i;
const TAG = /<[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>|<[^>]*>/gi;
const SHEET = /<(\/?)style(?=[\s/>])/gi;
const STYLE = /\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)|"[^"]*"|'[^']*'/gi; // or what another attribute says

// A page that is never shown: a picture by its bare name is not asked for there.
const INERT = document.implementation.createHTMLDocument("");

// The allowed part of `from`, put into `to`; the server cleans what is sent once more, by the same list.
function copy(from, to, isShown) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.append(...(isShown ? [node.data.replace(/[ \t\r\n]+/g, " ")] : lines(node.data)));
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(DROPPED)) continue;
    if (node.localName === "hr") to.append(document.createElement(to.matches("div, p") ? "p" : "br"));
    const name = APART.has(node.localName) ? "p" : node.localName;
    const { added, isNot } = looks(node, to);
    if (!(name in ALLOWED) || isNot) {
      copy(node, within(to, added), isShown);
      continue;
    }
    const own = to.ownerDocument.createElementNS(node.namespaceURI, name);
    for (const attribute of ALLOWED[name]) {
      if (attribute !== "src" && node.hasAttribute(attribute)) own.setAttribute(attribute, node.getAttribute(attribute));
    }
    if (name === "img") {
      const file = (node.getAttribute("src") ?? "").split("/").pop();
      if (!PICTURE.test(file)) {
        to.append(` ${node.alt} `); // apart from the words beside it
        continue;
      }
      own.setAttribute("src", isShown ? MEDIA + file : file);
    }
    to.append(name === "math" && isShown ? atom(own) : own);
    copy(node, within(own, added), isShown);
  }
}

// Shift+Enter: the browser writes the end of a line into the text, as blanks are kept in the box.
function lines(text) {
  const [first, ...others] = text.split("\n");
  return [first, ...others.flatMap((line) => [document.createElement("br"), line])].filter((one) => one !== "");
}

function within(to, tags) {
  let inner = to;
  for (const tag of tags) inner = inner.appendChild(to.ownerDocument.createElement(tag));
  return inner;
}

// A formula is one thing: the caret goes over it, and it is changed in its dialog.
export function atom(math) {
  const made = document.createElement("span");
  made.className = "c-formula";
  made.contentEditable = "false";
  made.append(math);
  return made;
}

// Blocks stand beside one another, loose words in a paragraph of their own, and nothing empty at the edges.
function blocks(root) {
  const around = () => [...root.querySelectorAll("b, strong, i, em, u, sub, sup")].findLast((one) => one.querySelector(BLOCKS));
  for (let one = around(); one; one = around()) {
    for (const held of one.querySelectorAll(`:scope > :is(${BLOCKS})`)) inward(held, one);
    parted(one);
  }
  for (const one of root.querySelectorAll("p")) {
    if (!one.querySelector(BLOCKS)) continue;
    paragraphs(one);
    one.replaceWith(...one.childNodes);
  }
  paragraphs(root);
  for (const one of root.querySelectorAll(":scope > p")) {
    if (!one.textContent.trim() && !one.querySelector("img, math")) one.remove();
  }
}

// Bold or small letters around blocks are so in each of them.
function inward(block, look) {
  if (block.matches("p, li, td, th, caption")) {
    const own = look.cloneNode();
    own.append(...block.childNodes);
    block.append(own);
  } else for (const child of block.children) inward(child, look);
}

function parted(one) {
  let run = null;
  for (const node of [...one.childNodes]) {
    const isBlock = node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS);
    if (isBlock) run = null;
    else if (!run) one.before((run = one.cloneNode()));
    isBlock ? one.before(node) : run.append(node);
  }
  one.remove();
}

function paragraphs(of) {
  let loose = null;
  for (const node of [...of.childNodes]) {
    if (node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS)) loose = null;
    else if (loose || node.nodeType !== Node.TEXT_NODE || node.data.trim()) {
      if (!loose) node.before((loose = document.createElement("p")));
      loose.append(node);
    }
  }
}

// Styles go before it is parsed: the page's policy forbids them, and each would be reported. Of what they strike out or
// hide a mark stays: such words are no words of the text. So does one of what they say of letters. A sheet of styles
// becomes a title, which is read to its end in the same way and dropped.
const mark = (style) => (GONE.test(style) ? " data-gone" : ` data-look="${said(style)}"`);

function parsed(html) {
  const bare = html.replace(SHEET, "<$1title").replace(TAG, (tag) =>
    tag.replace(STYLE, (whole, style) => (style ? mark(style.replace(/^["']|["']$/g, "")) : whole)),
  );
  return new DOMParser().parseFromString(bare, "text/html").body;
}

export function shown(html) {
  const box = document.createElement("div");
  copy(parsed(html), box, true);
  blocks(box);
  return [...box.childNodes];
}

// Pictures of other pages and of Word, its formulas too: they do not come along, and whoever pastes is told.
export function hasPictures(html) {
  const isLost = (one) => !PICTURE.test((one.getAttribute("src") ?? "").split("/").pop()) && !one.matches(DROPPED);
  return /<img\b/i.test(html) && [...parsed(html).querySelectorAll("img:not([width='1'])")].some(isLost);
}

// A line ends with the block, or where something comes after it: outside of the bold letters it ends with, too.
function isLast(end, box) {
  for (let one = end; one !== box && !one.matches("p, li, td, th, caption"); one = one.parentNode) {
    for (let next = one.nextSibling; next; next = next.nextSibling) {
      if (next.textContent.trim() || next.matches?.(SEEN) || next.querySelector?.(SEEN)) return false;
    }
  }
  return true;
}

export function written(root) {
  const box = INERT.createElement("div");
  copy(root, box, false);
  blocks(box);
  for (const one of [...box.querySelectorAll("br")].reverse()) if (isLast(one, box)) one.remove();
  const [only] = box.children;
  return box.children.length === 1 && only.localName === "p" ? only.innerHTML.trim() : box.innerHTML;
}
