// The preview of a new request could not be fetched: its place says so instead of showing what no longer holds.
// The words stand in the page's templates (template[data-failed]: where they go), in the reader's language.
function failed(event) {
  if (event.detail.target?.id !== "preview") return;
  for (const said of document.querySelectorAll("template[data-failed]")) {
    document.querySelector(said.dataset.failed)?.replaceChildren(said.content.cloneNode(true));
  }
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-again]")) return;
  // The button goes with the answer: whoever reads by keyboard or ear stays at this place.
  const preview = document.getElementById("preview");
  preview.focus({ preventScroll: true });
  // As if something had been answered anew: the form asks for a preview when a named field changes.
  preview.closest("form").elements.namedItem("subject").dispatchEvent(new Event("change", { bubbles: true }));
});
// An answer that was on its way when somebody picked a way forward knows nothing of it: the pick stands.
let picked = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "preview") picked = document.querySelector("#preview input[name=way]:checked")?.id ?? "";
});
document.addEventListener("htmx:afterSwap", () => {
  const way = picked && document.getElementById(picked);
  picked = "";
  if (way && !way.disabled) way.checked = true;
});
