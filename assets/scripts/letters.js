// The words of a letter: its preview follows the typing. Without this script the button shows it.
const form = document.querySelector("form[data-letter]");
const button = form?.querySelector("[data-preview]");
let timer = 0;

form?.addEventListener("input", () => {
  clearTimeout(timer);
  // Into the frame beside: the page, and where one types, stay as they are.
  timer = setTimeout(() => form.requestSubmit(button), 700);
});
form?.addEventListener("submit", () => clearTimeout(timer));
