// What the bank can fill, counted anew at every key from the counts that the page brought along. The same reckoning as
// question_bank/assembly/plan.py; without script the button "Check against the bank" asks the server.
const matrix = document.querySelector("[data-matrix]");
const gives = document.querySelector("[data-gives]");
const counts = JSON.parse(matrix.dataset.counts); // "law-3", "law/topic-3" → {forms that hold them: how many questions}
const enemies = new Set(JSON.parse(matrix.dataset.enemies)); // "law-3": questions there may not stand together
const atOnce = Number(matrix.dataset.atOnce);
const limit = gives.querySelector("[name=exposure]");
const rows = [...matrix.querySelectorAll("[data-row]")];

const number = (text) => (/^[0-9]{1,3}$/.test(text.trim()) ? Number(text) : 0);
const areaOf = (row) => row.split("/")[0];

function read() {
  return rows.flatMap((line) =>
    [...line.querySelectorAll("input[name^=cell-]")].map((input) => {
      const [row, level] = [line.dataset.row, Number(input.name.slice(-1))];
      return { input, line, row, level, count: number(input.value), isTopic: row.includes("/") };
    }),
  );
}

// How many places of so many forms the questions of a place can take.
function uses(row, level, forms, { exposure = Infinity, apart = false }) {
  let found = 0;
  for (const [before, count] of Object.entries(counts[`${row}-${level}`] ?? {})) {
    const most = Math.min(forms, Math.max(0, exposure - Number(before)));
    found += (apart ? Math.min(most, 1) : most) * count;
  }
  return found;
}

function shortages(cells, forms, limits) {
  const found = [];
  for (const cell of cells) {
    const wanted = cell.count * forms;
    let has = uses(cell.row, cell.level, forms, limits);
    if (!cell.isTopic) {
      for (const part of cells) {
        if (part.isTopic && areaOf(part.row) === cell.row && part.level === cell.level) {
          has -= Math.min(part.count * forms, uses(part.row, part.level, forms, limits));
        }
      }
    }
    if (cell.count && has < wanted) found.push({ cell, wanted, has });
  }
  return found;
}

function mostForms(cells, limits) {
  let most = 0;
  while (most < atOnce && !shortages(cells, most + 1, limits).length) most += 1;
  return most;
}

const shown = (most) => (most < atOnce ? String(most) : `${most}+`);

function tell() {
  const cells = read();
  const found = shortages(cells, 1, {});
  for (const cell of cells) {
    const taken = cells.reduce((sum, other) => sum
      + (other.level === cell.level && (other === cell || (!cell.isTopic && other.isTopic && areaOf(other.row) === cell.row))
        ? other.count : 0), 0);
    const has = uses(cell.row, cell.level, 1, {});
    const isShort = found.some((one) => one.cell === cell);
    const isFault = cell.input.value.trim() !== "" && !/^[0-9]{1,3}$/.test(cell.input.value.trim());
    const beside = cell.input.nextElementSibling;
    beside.querySelector("[data-left]").textContent = taken ? `${String(has - taken).replace("-", "−")} / ` : "";
    beside.classList.toggle("is-short", isShort);
    if (isShort || isFault) cell.input.setAttribute("aria-invalid", "true");
    else cell.input.removeAttribute("aria-invalid");
  }
  const total = (of) => cells.filter(of).reduce((sum, cell) => sum + cell.count, 0);
  for (const line of rows) line.querySelector("[data-row-total]").textContent = total((cell) => cell.line === line) || "–";
  for (const foot of matrix.querySelectorAll("[data-column-total]")) {
    foot.textContent = total((cell) => cell.level === Number(foot.dataset.columnTotal));
  }
  const all = total(() => true);
  matrix.querySelector("[data-total]").textContent = all;
  name(found);
  gives.querySelector("[data-is-short]").hidden = !found.length;
  const isBound = cells.some((cell) => cell.count && enemies.has(`${areaOf(cell.row)}-${cell.level}`));
  gives.querySelector("[data-is-full]").hidden = Boolean(found.length) || isBound || !all;
  gives.querySelector("[data-is-enough]").hidden = Boolean(found.length) || !isBound;
  gives.querySelector("[data-is-bound]").hidden = !isBound;
  const most = (limits) => (all ? shown(mostForms(cells, limits)) : "–");
  gives.querySelector("[data-most]").textContent = most({ apart: true });
  gives.querySelector("[data-most-limited]").textContent = most({ exposure: number(limit.value) || Infinity });
}

// The short cells in words; left alone where they are the same, so that a screen reader does not read them twice.
function name(found) {
  const list = gives.querySelector("[data-list] ul");
  const words = gives.querySelector("[data-short]").dataset.short;
  const lines = found.map(({ cell, wanted, has }) => {
    const line = document.createElement("li");
    const place = document.createElement("b");
    place.textContent = cell.line.dataset.name;
    const values = { level: cell.level, wanted, has, missing: wanted - has };
    line.append(place, `, ${words.replace(/\{(\w+)\}/g, (_all, key) => values[key])}`);
    return line;
  });
  if (lines.map((line) => line.textContent).join() !== [...list.children].map((line) => line.textContent).join()) {
    list.replaceChildren(...lines);
  }
}

matrix.addEventListener("input", tell);
limit.addEventListener("input", tell);
tell();
