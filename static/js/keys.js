// Single keys, while nobody types. Every key presses a button or follows a link that is on the page anyway.
(() => {
  const { isTyping } = window.crossdesk;
  const dialog = document.getElementById("keys");
  const store = "crossdesk.keys";
  const isOn = () => { try { return localStorage.getItem(store) !== "off"; } catch { return true; } };
  const queues = { m: "mine", "@": "mentions", c: "consults", u: "unassigned", a: "all", t: "triage", s: "snoozed", r: "resolved" };
  let going = 0;

  document.querySelectorAll("[data-keys-switch]").forEach((box) => {
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.checked = isOn();
    box.addEventListener("change", () => { try { localStorage.setItem(store, box.checked ? "on" : "off"); } catch { /* this page only */ } });
  });

  const visible = (el) => el && el.getClientRects().length > 0;
  const press = (key) => {
    const target = [...document.querySelectorAll(`[data-key="${key}"]`)].at(-1);
    if (!target) return false;
    if (!visible(target) && target.closest("#side")) window.crossdesk.drawer(true);
    const menu = target.matches("summary") ? target.parentElement : target.closest("details");
    if (menu && target.matches("summary")) {
      // A quick key may come before htmx listens for the opening.
      window.htmx?.process(menu);
      menu.open = !menu.open;
      if (menu.open) focusInto(menu); else target.focus();
    } else click(target);
    return true;
  };
  const focusInto = (menu) => {
    const field = menu.querySelector("input:not([type=hidden], [disabled]), select, textarea, button, a");
    field?.focus();
    if (field?.matches("a[href]") && menu.querySelector("[hx-get]")) {
      // The choices are on their way; move on when they are there.
      menu.addEventListener("htmx:afterSettle", () => menu.querySelector("select, input:not([type=hidden])")?.focus(), { once: true });
    }
  };

  // A quick key may come before htmx has seen the form it presses.
  const click = (target) => {
    const form = target.closest("form[hx-post]");
    if (form) window.htmx?.process(form);
    target.click();
  };

  const sortTo = (digit) => {
    const target = document.querySelector(`#sort [data-digit="${digit}"]`);
    if (target) click(target);
    return Boolean(target);
  };

  const handOverTo = (digit) => {
    const menu = document.querySelector("[data-menu=hand-over]");
    const choice = menu?.querySelectorAll("input[name=to]")[digit - 1];
    if (!choice || choice.disabled || choice.value === "triage") return false;
    menu.open = true;
    choice.checked = true;
    const reason = menu.querySelector("input[name=reason]");
    reason.value ||= menu.querySelector("[data-fills] button")?.textContent || "";
    reason.focus();
    reason.select();
    return true;
  };

  const goTo = (key) => {
    const department = /^[1-9]$/.test(key) ? document.querySelectorAll("#queues [data-department]")[key - 1] : null;
    const link = department || (queues[key] && document.querySelector(`#queues [data-queue="${queues[key]}"]`));
    if (link) window.location.assign(link.href);
    return Boolean(link);
  };

  const search = () => {
    const field = document.getElementById("search");
    field.focus();
    field.select();
    return true;
  };

  const single = (key) => {
    if (going && Date.now() - going < 1_500) {
      going = 0;
      return goTo(key);
    }
    if (key === "g") { going = Date.now(); return true; }
    if (key === "/") return search();
    if (key === "?") { dialog.showModal(); return true; }
    if (key === "j" || key === "k") return window.crossdesk.moveRow?.(key === "j" ? 1 : -1);
    if (key === "n") { const note = document.getElementById("note"); note?.focus(); return Boolean(note); }
    if (key === "r") return Boolean(window.crossdesk.openReply?.());
    if (key === "m") return Boolean(window.crossdesk.openMacros?.());
    if (key === "p") {
      const group = document.getElementById("priority");
      if (group && !visible(group)) window.crossdesk.drawer(true);
      group?.querySelector("[aria-pressed=true]")?.focus();
      return Boolean(group);
    }
    if (/^[1-9]$/.test(key)) return press(key) || sortTo(key) || handOverTo(Number(key));
    return /^[a-z]$/.test(key) && press(key);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (!dialog.open && !window.crossdesk.closeTop() && isTyping(document.activeElement)) document.activeElement.blur();
      return;
    }
    if (dialog.open || isTyping(event.target) || !isOn()) return;
    if (single(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
})();
