// The code field: groups of four while typing, digits only. The server accepts the code with or without spaces.
// A slip of the finger is seen here by the check digit (Damm, as in testing_center/rules/codes.py), before it is sent.
const DAMM = "0317598642 7092154863 4206871359 1750983426 6123045978 3674209581 5869720134 8945362017 9438617205 2581436790"
  .split(" ");
const plain = (text) => text.replace(/[\s\-‐-―·.]/g, "");
const isCode = (digits) => /^\d{16}$/.test(digits) && [...digits].reduce((state, digit) => DAMM[state][digit], 0) === "0";

sessionStorage.clear(); // what the last person's pages had to remember
const field = document.querySelector("[data-code]");
if (field) {
  field.focus();
  field.addEventListener("input", () => {
    const atEnd = field.selectionStart === field.value.length;
    if (!atEnd) return;
    const digits = plain(field.value);
    if (/^\d*$/.test(digits)) field.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
  });
  field.form.addEventListener("submit", (event) => {
    if (isCode(plain(field.value))) return;
    event.preventDefault();
    tell(document.querySelector("[data-slip]").content);
  });
}

// What the server would answer, from the templates that it sent along.
function tell(said) {
  document.querySelector("[role=alert]")?.remove();
  document.getElementById("code-error")?.remove();
  const summary = said.querySelector("[role=alert]").cloneNode(true);
  field.form.parentElement.prepend(summary);
  field.before(said.querySelector("#code-error").cloneNode(true));
  field.closest(".c-field").classList.add("c-field--error");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "code-hint code-error");
  const prefix = document.querySelector("[data-slip]").dataset.slip;
  if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
  field.focus();
}
