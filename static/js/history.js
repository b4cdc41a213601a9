// What a box held, step by step: the browser undoes what is typed, but nothing that a tool or a paste has put in, and
// takes earlier words away instead. A step is a word, or whatever was done at once.
const STEPS = 200;
const LETTERS = /^(?:insertText|insertCompositionText|deleteContent(?:Back|For)ward)$/;
const histories = new Map();

// The way to a place in a box, by the numbers of children: it is the same in a copy.
function way(box, node, offset) {
  const steps = [offset];
  for (let one = node; one !== box; one = one.parentNode) steps.unshift([...one.parentNode.childNodes].indexOf(one));
  return steps;
}

function there(box, steps) {
  return [steps.slice(0, -1).reduce((node, number) => node.childNodes[number], box), steps.at(-1)];
}

function caret(box) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = document.getSelection();
  if (!box.contains(anchorNode) || !box.contains(focusNode)) return "";
  return JSON.stringify([way(box, anchorNode, anchorOffset), way(box, focusNode, focusOffset)]);
}

function state(box, kind) {
  return { nodes: [...box.childNodes].map((node) => node.cloneNode(true)), at: caret(box), kind };
}

// From here on: what stood before is another text.
export function begin(box) {
  histories.set(box, { states: [state(box, "")], now: 0 });
}

// After a change. Letters typed one after the other are one step, up to the blank.
export function keep(box, event) {
  const own = histories.get(box);
  const isLetter = LETTERS.test(event?.inputType) && !(event.inputType === "insertText" && event.data?.length > 1);
  const made = state(box, isLetter ? event.inputType : "");
  own.states.length = own.now + 1;
  if (isLetter && own.states[own.now].kind === made.kind) own.states.pop();
  if (isLetter && event.data === " ") made.kind = "";
  own.states.push(made);
  if (own.states.length > STEPS) own.states.shift();
  own.now = own.states.length - 1;
}

// The caret went elsewhere: what is typed there is a step of its own, and undoing it leads back there.
export function moved(box) {
  const own = histories.get(box);
  const now = own.states[own.now];
  const at = caret(box);
  if (!at || at === now.at) return;
  now.at = at;
  now.kind = "";
}

// One step back (-1) or forth (1); whether there was one.
export function step(box, by) {
  const own = histories.get(box);
  const then = own.states[own.now + by];
  if (!then) return false;
  own.now += by;
  then.kind = "";
  box.replaceChildren(...then.nodes.map((node) => node.cloneNode(true)));
  if (then.at) {
    const [from, to] = JSON.parse(then.at);
    document.getSelection().setBaseAndExtent(...there(box, from), ...there(box, to));
  }
  return true;
}
