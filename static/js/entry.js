// The code field: groups of four while typing, digits only. The server accepts the code with or without spaces.
const field = document.querySelector("[data-code]");
if (field) {
  field.focus();
  field.addEventListener("input", () => {
    const atEnd = field.selectionStart === field.value.length;
    if (!atEnd) return;
    const digits = field.value.replace(/[\s\-]/g, "");
    if (/^\d*$/.test(digits)) field.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
  });
}
