// The builder's focus after a change, and dragging rules into another order.
(() => {
  // What was just added is what the person goes on with.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.closest?.("[data-builder]") && !document.querySelector("[data-builder]")) return;
    document.querySelector("[data-builder] [data-focus]")?.focus();
    document.querySelectorAll("[data-builder] [data-focus]").forEach((field) => field.removeAttribute("data-focus"));
  });
  document.querySelector("[data-builder] [data-focus]")?.focus();

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
    const middle = row.getBoundingClientRect().top + row.offsetHeight / 2;
    if (row !== held) row[event.clientY < middle ? "before" : "after"](held);
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
