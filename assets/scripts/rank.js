// One's own order by drag: rows are moved, then sent as a whole. The buttons beside them do the same without a script.
for (const form of document.querySelectorAll("form[data-rank]")) {
  const list = form.querySelector("ol");
  let moving = null;
  for (const row of list.children) row.draggable = true;
  list.addEventListener("dragstart", (event) => {
    moving = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    moving.classList.add("is-moving");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!moving || !over || over === moving) return;
    event.preventDefault();
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    over[event.clientY < middle ? "before" : "after"](moving);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    moving?.classList.remove("is-moving");
    moving = null;
    const field = form.elements.order;
    const order = [...list.children].map((row) => row.dataset.id).join(",");
    if (field.value !== order) {
      field.value = order;
      form.requestSubmit();
    }
  });
}
