// Suggestions while somebody types into a field: a list below the caret's word, chosen by arrow keys, Enter or the pointer.
(() => {
  const { word, announce } = window.crossdesk;
  const MOST = 6;

  // `kinds` are { starts, find(typed), take(choice, range)? }; `changed` is told when a choice was written.
  const suggesting = (id, kinds, changed) => {
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = `${id}-suggestions`;
    list.setAttribute("role", "listbox");
    list.hidden = true;
    let choices = [];
    let kind = null;
    let chosen = 0;
    const field = () => document.getElementById(id);

    const close = () => { list.hidden = true; field()?.removeAttribute("aria-activedescendant"); };
    const started = (note) => {
      const head = note.value.slice(0, note.selectionStart);
      for (const one of kinds) {
        const match = head.match(one.starts);
        if (match) return { one, typed: match[1] };
      }
      return null;
    };
    const choose = (n) => {
      chosen = (n + choices.length) % choices.length;
      [...list.children].forEach((el, place) => el.setAttribute("aria-selected", String(place === chosen)));
      field().setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
    };
    const draw = () => {
      list.replaceChildren(...choices.map((choice, n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.setAttribute("role", "option");
        const title = document.createElement("strong");
        title.textContent = choice.title;
        const detail = document.createElement("span");
        detail.className = "muted ellipsis";
        detail.dir = "auto";
        detail.textContent = choice.detail;
        option.append(title, detail);
        return option;
      }));
    };
    const suggest = (note) => {
      const found = started(note);
      choices = found ? found.one.find(found.typed).slice(0, MOST) : [];
      if (!choices.length) { close(); return; }
      kind = found.one;
      draw();
      note.after(list);
      note.setAttribute("aria-controls", list.id);
      note.setAttribute("aria-autocomplete", "list");
      list.setAttribute("aria-label", note.placeholder);
      if (list.hidden) announce(word("suggestions", choices.length));
      list.hidden = false;
      choose(0);
    };
    const take = (n) => {
      const note = field();
      const end = note.selectionStart;
      const begin = end - started(note).typed.length;
      const choice = choices[n];
      close();
      if (kind.take) { kind.take(choice, [begin, end]); return; }
      note.setRangeText(choice.text, begin, end, "end");
      note.focus();
      changed();
    };

    document.addEventListener("input", (event) => { if (event.target.id === id) suggest(event.target); });
    document.addEventListener("keydown", (event) => {
      if (event.target.id !== id || list.hidden || event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); choose(chosen + step); }
      else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") { event.preventDefault(); take(chosen); }
      else if (event.key === "Escape") { event.preventDefault(); close(); }
    }, true);
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) take([...list.children].indexOf(option));
    });
    document.addEventListener("focusout", (event) => { if (event.target.id === id) close(); });
  };

  window.crossdesk.suggesting = suggesting;
})();
