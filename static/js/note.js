// The note: @ suggests colleagues, an unsent note survives moving between tickets, Ctrl+Enter sends.
(() => {
  const drafts = {
    key: (id) => `crossdesk.draft.${document.body.dataset.user}.${id}`,
    read(id) { try { return sessionStorage.getItem(this.key(id)) || ""; } catch { return ""; } },
    write(id, text) { try { if (text.trim()) sessionStorage.setItem(this.key(id), text); else sessionStorage.removeItem(this.key(id)); } catch { /* the page remembers while it is open */ } },
  };
  const people = new Map();
  const field = () => document.getElementById("note");
  const ticket = () => document.getElementById("conversation")?.dataset.ticket;

  const restore = () => {
    const note = field();
    if (!note || note.value) return;
    const text = drafts.read(ticket());
    if (!text) return;
    note.value = text;
    document.getElementById("draft-state").textContent = window.crossdesk.word("draft_kept");
  };

  document.addEventListener("input", (event) => {
    if (event.target.id !== "note") return;
    drafts.write(ticket(), event.target.value);
    suggest(event.target);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id === "compose" && event.detail.successful) drafts.write(event.target.closest("#conversation")?.dataset.ticket || ticket(), "");
  });
  document.addEventListener("submit", (event) => { if (event.target.id === "compose") drafts.write(ticket(), ""); });
  document.addEventListener("htmx:afterSettle", restore);

  // -- @mention --
  const box = document.createElement("ul");
  box.className = "suggestions";
  box.id = "suggestions";
  box.setAttribute("role", "listbox");
  box.hidden = true;
  let chosen = 0;

  const started = (note) => note.value.slice(0, note.selectionStart).match(/(?:^|[^\w@.])@([\w.-]*)$/u);
  const known = async () => {
    const { peopleUrl } = document.getElementById("conversation").dataset;
    if (!people.has(peopleUrl)) people.set(peopleUrl, fetch(peopleUrl, { credentials: "same-origin" }).then((r) => (r.ok ? r.json() : { people: [] })).then((j) => j.people));
    return people.get(peopleUrl);
  };
  const close = () => { box.hidden = true; field()?.removeAttribute("aria-activedescendant"); };
  const suggest = async (note) => {
    const match = started(note);
    if (!match) { close(); return; }
    const wanted = match[1].toLowerCase();
    const found = (await known()).filter((p) => p.handle.toLowerCase().startsWith(wanted) || p.name.toLowerCase().split(/\s+/).some((w) => w.startsWith(wanted))).slice(0, 6);
    if (!started(note)) return;
    box.replaceChildren(...found.map((person, n) => {
      const option = document.createElement("li");
      option.id = `suggestion-${n}`;
      option.setAttribute("role", "option");
      option.dataset.handle = person.handle;
      const name = document.createElement("strong");
      name.textContent = person.name;
      const handle = document.createElement("span");
      handle.className = "muted";
      handle.textContent = `@${person.handle}`;
      option.append(name, handle);
      return option;
    }));
    if (!found.length) { close(); return; }
    note.closest("form").append(box);
    note.setAttribute("aria-controls", "suggestions");
    note.setAttribute("aria-autocomplete", "list");
    if (box.hidden) window.crossdesk.announce(window.crossdesk.word("suggested", found.length));
    box.setAttribute("aria-label", note.placeholder);
    box.hidden = false;
    choose(0);
  };
  const choose = (n) => {
    chosen = (n + box.children.length) % box.children.length;
    [...box.children].forEach((el, place) => el.setAttribute("aria-selected", String(place === chosen)));
    field().setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  };
  const take = (option) => {
    const note = field();
    const head = note.value.slice(0, note.selectionStart).replace(/@[\w.-]*$/u, `@${option.dataset.handle} `);
    note.value = head + note.value.slice(note.selectionStart);
    note.setSelectionRange(head.length, head.length);
    drafts.write(ticket(), note.value);
    close();
    note.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "note") return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.target.form.requestSubmit(); return; }
    if (box.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); choose(chosen + step); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(box.children[chosen]); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
  });
  box.addEventListener("mousedown", (event) => { event.preventDefault(); const option = event.target.closest("[role=option]"); if (option) take(option); });
  document.addEventListener("focusout", (event) => { if (event.target.id === "note") close(); });

  restore();
})();
