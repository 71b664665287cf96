// The builder: says what came of a move, and lets conditions and groups be dragged from place to place.
(() => {
  // So near to its edge, a group is passed by rather than entered.
  const EDGE = 10;
  let held = null;
  let target = null;

  document.addEventListener("htmx:afterSettle", ({ target: drawn }) => {
    const said = drawn.matches?.("[data-builder]") && drawn.querySelector("[data-said]");
    if (said) window.crossdesk.announce(said.textContent.trim());
  });

  const childrenOf = (group) => [...group.children].filter((child) => child.hasAttribute("data-node"));
  const placeIn = (group, index) => [group.dataset.node, index].filter((step) => step !== "").join(".");

  // Beside `node`, before or after it.
  const beside = (node, isAfter) => {
    const group = node.parentElement;
    const index = childrenOf(group).indexOf(node) + (isAfter ? 1 : 0);
    return { to: placeIn(group, index), node, mark: isAfter ? "drop-after" : "drop-before" };
  };

  // Where what is held would land, with the pointer at `y` over `node`.
  const aim = (node, y) => {
    const { top, bottom, height } = node.getBoundingClientRect();
    if (!node.hasAttribute("data-group")) return beside(node, y > top + height / 2);
    if (node.dataset.node && y < top + EDGE) return beside(node, false);
    if (node.dataset.node && y > bottom - EDGE) return beside(node, true);
    const inside = childrenOf(node);
    const next = inside.find((child) => {
      const box = child.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    if (next) return beside(next, false);
    return inside.length ? beside(inside.at(-1), true) : { to: placeIn(node, 0), node, mark: "drop-into" };
  };

  const forget = () => {
    target?.node.classList.remove(target.mark);
    target = null;
  };

  document.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-grip]")?.closest("[data-node]") ?? null;
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.node);
    event.dataTransfer.setDragImage(held, 12, 12);
    held.classList.add("held");
  });
  const over = (event) => {
    if (!held) return;
    forget();
    const node = event.target.closest?.("[data-builder] [data-node]");
    // Nothing goes into itself; who lets go over it has changed their mind.
    if (!node || held.contains(node)) return;
    event.preventDefault();
    target = aim(node, event.clientY);
    target.node.classList.add(target.mark);
  };
  document.addEventListener("dragenter", over);
  document.addEventListener("dragover", over);
  document.addEventListener("drop", (event) => {
    if (!held || !target) return;
    event.preventDefault();
    const carry = document.querySelector("[data-carry]");
    carry.value = `move:${held.dataset.node}:${target.to}`;
    carry.click();
  });
  document.addEventListener("dragend", () => {
    held?.classList.remove("held");
    held = null;
    forget();
  });
})();
