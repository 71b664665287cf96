// Menus are <details>: they work without this script. It closes them as people expect, and helps with filling in.
(() => {
  const openMenus = () => [...document.querySelectorAll("details.menu[open]")];

  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const chip = event.target.closest("[data-fills] button");
    if (chip) {
      const field = document.querySelector(chip.parentElement.dataset.fills);
      field.value = chip.textContent;
      field.focus();
    }
    if (event.target.closest(".side-toggle")) { event.preventDefault(); drawer(true); }
    if (event.target.closest(".side-close")) { event.preventDefault(); drawer(false); }
    if (event.target.closest("[data-open-dialog]")) document.getElementById(event.target.closest("[data-open-dialog]").dataset.openDialog)?.showModal();
  });

  // The side pane is a drawer where there is no room for it.
  const drawer = (open) => {
    document.body.classList.toggle("side-open", open);
    (open ? document.getElementById("side") : document.querySelector(".side-toggle"))?.focus({ preventScroll: true });
  };

  // Escape closes the innermost thing that is open; returns whether something was.
  const closeTop = () => {
    const menu = openMenus().pop();
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return true;
    }
    if (document.body.classList.contains("side-open")) {
      drawer(false);
      return true;
    }
    return false;
  };

  const ready = (root) => root.querySelectorAll("[data-fills][hidden]").forEach((el) => { el.hidden = false; });
  ready(document);
  document.addEventListener("htmx:load", (event) => ready(event.target));

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });

  Object.assign(window.crossdesk, { closeTop, drawer });
})();
