// The page of the import shows only what the chosen format cannot say itself. Without script all of it is shown.
const form = document.getElementById("upload");
const asked = JSON.parse(form.dataset.asked); // format → names; by extension under ".docx" and the like
const kept = form.dataset.kept ?? ""; // name of the file that was chosen before

function wanted() {
  const format = form.elements.format.value;
  if (format) {
    return asked[format];
  }
  const name = (form.elements.file.files[0]?.name ?? kept).toLowerCase();
  const extension = Object.keys(asked).find((known) => known.startsWith(".") && name.endsWith(known));
  return asked[extension] ?? null; // nothing chosen yet: everything
}

function show() {
  const names = wanted();
  const fields = [...form.querySelectorAll("[data-asks]")];
  for (const field of fields) {
    const isAsked = names === null || names.includes(field.dataset.asks) || field.hasAttribute("aria-invalid");
    field.closest(".c-field").hidden = !isAsked;
  }
  const whole = form.querySelector("[data-asks-any]");
  whole.hidden = fields.every((field) => field.closest(".c-field").hidden);
}

form.elements.format.addEventListener("change", show);
form.elements.file.addEventListener("change", show);
show();
