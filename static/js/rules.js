// Dragging rules into another order.
(() => {
  const body = document.querySelector("[data-rules]");
  const form = document.querySelector("[data-order]");
  if (!body || !form) return;
  let held = null;
  const order = () => [...body.querySelectorAll("[data-rule]")].map((row) => row.dataset.rule);
  const before = order().join();

  body.querySelectorAll("[data-rule]").forEach((row) => { row.draggable = true; });
  body.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-rule]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.rule);
    held.classList.add("held");
  });
  body.addEventListener("dragover", (event) => {
    const row = event.target.closest("[data-rule]");
    if (!held || !row) return;
    event.preventDefault();
    if (row === held) return;
    // A row gives way once the pointer is a quarter into it, whichever way it comes.
    const depth = (event.clientY - row.getBoundingClientRect().top) / row.offsetHeight;
    const isBelow = row.compareDocumentPosition(held) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isBelow && depth < .75) row.before(held);
    if (!isBelow && depth > .25) row.after(held);
  });
  body.addEventListener("drop", (event) => event.preventDefault());
  body.addEventListener("dragend", () => {
    held?.classList.remove("held");
    held = null;
    if (order().join() === before) return;
    order().forEach((pk) => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "ids";
      field.value = pk;
      form.append(field);
    });
    form.requestSubmit();
  });
})();
