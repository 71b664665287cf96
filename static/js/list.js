// The ticket list: moving through it, marking what is open, and putting changed rows in place without a jump.
(() => {
  const { word, announce } = window.crossdesk;
  const rows = document.getElementById("rows");
  const scroller = document.getElementById("scroller");
  const pill = document.getElementById("new-rows");
  const empty = document.getElementById("list-empty");
  let above = 0;

  const all = () => [...rows.children];
  const linkOf = (row) => row?.querySelector(".row-link");
  const rowOf = (id) => document.getElementById(`row-${id}`);

  // One row can be reached with Tab, the others with J and K.
  const rove = (row) => {
    all().forEach((other) => linkOf(other).setAttribute("tabindex", other === row ? "0" : "-1"));
  };
  const settle = () => {
    const focused = document.activeElement?.closest?.(".row");
    rove(focused || rows.querySelector(".current") || rows.firstElementChild);
    empty.hidden = rows.children.length > 0;
  };

  const moveRow = (step) => {
    const list = all();
    if (!list.length) return false;
    const here = document.activeElement?.closest?.(".row") || rows.querySelector(".row.at") || rows.querySelector(".current");
    const place = here ? list.indexOf(here) + step : 0;
    const next = list[Math.max(0, Math.min(list.length - 1, place))];
    rove(next);
    linkOf(next).focus();
    if (place >= list.length - 3) document.querySelector("#more a")?.click();
    return true;
  };

  const mark = (id) => {
    all().forEach((row) => {
      const isCurrent = row.dataset.id === String(id);
      row.classList.toggle("current", isCurrent);
      if (isCurrent) linkOf(row).setAttribute("aria-current", "true");
      else linkOf(row).removeAttribute("aria-current");
    });
    settle();
  };

  // The ticket to open when this one leaves the list, together with those `along`.
  const nextOf = (id, along = []) => {
    const row = rowOf(id);
    const stays = (at, way) => { while (at && along.includes(at.dataset.id)) at = at[way]; return at; };
    const after = stays(row ? row.nextElementSibling : rows.firstElementChild, "nextElementSibling");
    return (after || stays(row?.previousElementSibling, "previousElementSibling"))?.dataset.id || "";
  };

  // -- rows that changed --
  const order = document.body.dataset.order;
  const comesBefore = (a, b) => {
    if (order === "priority" && a.dataset.priority !== b.dataset.priority) return Number(a.dataset.priority) > Number(b.dataset.priority);
    if (order === "due" && a.dataset.due !== b.dataset.due) return Number(a.dataset.due) < Number(b.dataset.due);
    const [x, y] = [Number(a.dataset.at), Number(b.dataset.at)];
    if (x !== y && order !== "due") return order === "oldest" ? x < y : x > y;
    return order === "oldest" || order === "due" ? Number(a.dataset.id) < Number(b.dataset.id) : Number(a.dataset.id) > Number(b.dataset.id);
  };
  const parse = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html.trim();
    return box.content.firstElementChild;
  };
  const plain = (row) => row.outerHTML.replace(/<time[^]*?<\/time>| (tabindex|aria-current)="[^"]*"| (fresh|current|at)\b/g, "");

  const place = (row) => {
    const after = all().find((other) => other !== row && comesBefore(row, other));
    // What belongs below the loaded part comes with "show more".
    if (!after && document.querySelector("#more a") && rows.children.length) return false;
    rows.insertBefore(row, after || null);
    return true;
  };

  const put = (html) => {
    const row = parse(html);
    const old = rowOf(row.dataset.id);
    row.classList.toggle("current", row.dataset.id === document.body.dataset.ticket);
    if (old) {
      if (plain(old) === plain(row)) return;
      const hadFocus = old.contains(document.activeElement);
      const stays = old.dataset.at === row.dataset.at && old.dataset.priority === row.dataset.priority && old.dataset.due === row.dataset.due;
      old.replaceWith(row);
      if (!stays && !place(row)) row.remove();
      if (hadFocus) linkOf(row).focus({ preventScroll: true });
    } else {
      row.classList.add("fresh");
      if (!place(row)) return;
    }
    window.htmx?.process(row);
    if (!old) return row;
  };

  const drop = (id) => {
    const row = rowOf(id);
    if (!row) return;
    const neighbour = row.nextElementSibling || row.previousElementSibling;
    if (row.contains(document.activeElement)) linkOf(neighbour)?.focus({ preventScroll: true });
    row.remove();
  };

  // Changes rows so that what the reader looks at stays where it is.
  const apply = ({ put: drawn = [], gone = [] }) => {
    const top = scroller.getBoundingClientRect().top;
    const anchor = scroller.scrollTop > 8 ? all().find((row) => row.getBoundingClientRect().bottom > top && !gone.includes(Number(row.dataset.id))) : null;
    const before = anchor?.getBoundingClientRect().top;
    gone.forEach(drop);
    const fresh = drawn.map(put).filter(Boolean);
    if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    above += anchor ? fresh.filter((row) => row.getBoundingClientRect().bottom <= top).length : 0;
    pill.hidden = !above;
    pill.textContent = above === 1 ? word("new_one") : word("new_many", above);
    if (fresh.length) announce(fresh.length === 1 ? word("new_one") : word("new_many", fresh.length));
    settle();
  };

  pill.addEventListener("click", () => { scroller.scrollTo({ top: 0 }); moveTo(rows.firstElementChild); });
  const moveTo = (row) => { if (row) { rove(row); linkOf(row).focus({ preventScroll: true }); } };
  scroller.addEventListener("scroll", () => { if (scroller.scrollTop < 8 && above) { above = 0; pill.hidden = true; } }, { passive: true });
  rows.addEventListener("focusin", (event) => {
    const row = event.target.closest(".row");
    all().forEach((other) => other.classList.toggle("at", other === row));
    rove(row);
  });
  rows.addEventListener("htmx:afterSwap", settle);

  settle();
  rows.querySelector(".current")?.scrollIntoView({ block: "nearest" });
  Object.assign(window.crossdesk, { moveRow, markRow: mark, nextOf, applyRows: apply, loadedIds: () => all().map((row) => Number(row.dataset.id)) });
})();
