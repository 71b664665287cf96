// The reply: saved as it is typed, counted as the network counts, macros by slash, people by @, pictures by drop and paste.
(() => {
  const { word, announce } = window.crossdesk;
  const PAUSE = 700;
  const LONGEST_PAUSE = 4_000;
  const RETRY = 5_000;
  const box = () => document.getElementById("composer");
  const form = () => document.getElementById("reply-form");
  const field = () => document.getElementById("reply");
  const say = (text) => { const place = document.getElementById("reply-state"); if (place && place.textContent !== text) place.textContent = text; };

  // -- length: a quick estimate while typing, the network's own count with each saved draft --
  const segmenter = window.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;
  const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
  const LIGHT = (point) => point <= 4351 || (point >= 8192 && point <= 8205) || (point >= 8208 && point <= 8223) || (point >= 8242 && point <= 8247);
  const signed = (text, signature) => (text.trim() && signature && !text.trimEnd().endsWith(signature.trim()) ? text.trimEnd() + signature : text);
  const estimate = (text, { way, emoji, wide, address }) => {
    let plain = text;
    let total = 0;
    if (Number(address)) plain = plain.replace(ADDRESS, () => { total += Number(address); return ""; });
    if (way === "bytes") return total + new TextEncoder().encode(plain).length;
    if (way === "units") return total + plain.length;
    if (way === "characters" || !segmenter) return total + [...plain].length;
    for (const { segment } of segmenter.segment(plain)) {
      if (/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment)) total += Number(emoji);
      else if (Number(wide) === 1) total += 1;
      else total += [...segment].reduce((sum, letter) => sum + (LIGHT(letter.codePointAt(0)) ? 1 : 2), 0);
    }
    return total;
  };
  let wasOver = false;
  const show = (length, limit) => {
    const place = document.getElementById("reply-count");
    if (!place) return;
    const over = limit ? Math.max(0, length - limit) : 0;
    place.querySelector("[data-count]").textContent = length;
    place.querySelector("[data-most]").hidden = !limit;
    if (limit) place.querySelector("[data-most] b").textContent = limit;
    place.querySelector("[data-over]").hidden = !over;
    place.querySelector("[data-over-by]").textContent = over;
    place.classList.toggle("over", over > 0);
    place.classList.toggle("near", Boolean(limit) && !over && length * 10 >= limit * 9);
    if (over && !wasOver) announce(word("too_long", over));
    wasOver = over > 0;
  };
  const isPrivate = () => form()?.elements.way && form().querySelector("input[name=way]:checked")?.value === "private";
  const count = () => {
    const { dataset } = form();
    show(estimate(signed(field().value, dataset.signature), dataset), Number((isPrivate() ? dataset.privateLimit : dataset.limit) || 0));
  };

  // -- what the server has not taken yet: kept in this tab, so that leaving loses nothing --
  const ticket = () => form()?.dataset.ticket;
  const kept = {
    key: (id) => `crossdesk.reply.${document.body.dataset.user}.${id}`,
    read(id) { try { return sessionStorage.getItem(this.key(id)) || ""; } catch { return ""; } },
    write(id, text) { try { if (text.trim()) sessionStorage.setItem(this.key(id), text); else sessionStorage.removeItem(this.key(id)); } catch { /* the page remembers while it is open */ } },
  };

  // The row of the list says that there is a draft; nobody else hears of it.
  const mark = (id, isDraft) => {
    const row = document.getElementById(`row-${id}`);
    if (row && Boolean(row.querySelector(".draft-mark")) !== isDraft) document.dispatchEvent(new CustomEvent("crossdesk:drafted", { detail: { id: Number(id) } }));
  };

  // -- saving --
  let timer = null;
  let firstTyped = 0;
  let saving = null;
  let isStopped = false;
  let unsaved = false;

  const schedule = () => {
    unsaved = true;
    kept.write(ticket(), field().value);
    firstTyped ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Date.now() - firstTyped > LONGEST_PAUSE ? 0 : PAUSE);
  };
  const save = async () => {
    clearTimeout(timer);
    if (saving) { await saving; if (unsaved) return save(); return undefined; }
    const here = form();
    if (!here || isStopped || !unsaved) return undefined;
    saving = send(here).finally(() => { saving = null; });
    return saving;
  };
  const send = async (here) => {
    const text = field().value;
    const id = here.dataset.ticket;
    unsaved = false;
    firstTyped = 0;
    const body = new FormData(here);
    body.delete("file");
    const answer = await fetch(here.dataset.draftUrl, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", keepalive: text.length < 15_000 }).catch(() => null);
    if (answer?.ok && !answer.redirected && !unsaved) { kept.write(id, ""); mark(id, Boolean(text.trim())); }
    // Another ticket is on screen: what was not taken is offered when this one is opened again.
    if (!here.isConnected) return;
    if (!answer || answer.status >= 500) {
      unsaved = true;
      say(word("draft_waits"));
      timer = setTimeout(save, RETRY);
      return;
    }
    const told = answer.redirected ? { message: word("signed_out") } : await answer.json().catch(() => ({ message: word("failed_server") }));
    if (answer.status === 409 && told.elsewhere) { clash(here, told.elsewhere); return; }
    if (!answer.ok || !told.version) { say(told.message || word("failed_server")); return; }
    here.elements.version.value = told.version;
    say(told.told);
    if (field()?.value === text) show(told.length, told.limit);
  };

  // Another device saved a newer wording: both are offered, neither is overwritten.
  const clash = (here, elsewhere) => {
    // A save whose answer got lost: the words are there.
    if (elsewhere.text === field().value) { here.elements.version.value = elsewhere.version; kept.write(ticket(), ""); return; }
    isStopped = true;
    here.querySelector(".elsewhere")?.remove();
    const alert = document.createElement("div");
    alert.className = "alert warn elsewhere";
    alert.setAttribute("role", "alert");
    const words = document.createElement("div");
    words.className = "stack";
    const title = document.createElement("p");
    title.textContent = elsewhere.text === undefined ? word("draft_gone") : word("draft_changed");
    words.append(title);
    if (elsewhere.text !== undefined) {
      const theirs = document.createElement("blockquote");
      theirs.className = "user-text";
      theirs.dir = "auto";
      theirs.textContent = elsewhere.text;
      words.append(theirs);
    }
    const actions = document.createElement("div");
    actions.className = "form-actions";
    const offer = (label, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = label;
      button.addEventListener("click", () => { here.elements.version.value = elsewhere.version; isStopped = false; act(); alert.remove(); field().focus(); });
      actions.append(button);
    };
    const isGone = elsewhere.text === undefined;
    offer(word(isGone ? "draft_drop_mine" : "draft_take_theirs"), () => { field().value = elsewhere.text ?? ""; kept.write(ticket(), ""); count(); say(""); });
    offer(word("draft_keep_mine"), schedule);
    words.append(actions);
    alert.append(words);
    const body = here.querySelector(".reply-body");
    body.prepend(alert);
    body.scrollTop = 0;
  };

  // Words that this tab typed and the server never took, beside what it has now.
  const offerKept = (here) => {
    const mine = kept.read(ticket());
    const theirs = field().value;
    if (!mine) return;
    if (mine === theirs) {
      // Under a refusal the server shows what was typed, which it has not kept.
      if (!here.querySelector("#reply-alert")) kept.write(ticket(), "");
      return;
    }
    document.getElementById("reply-box").open = true;
    field().value = mine;
    const { value: version } = here.elements.version;
    clash(here, theirs ? { text: theirs, version } : { version });
    count();
  };

  // -- where it opens, what it remembers --
  const open = () => {
    const reply = document.getElementById("reply-box");
    if (!reply) {
      // Still on its way: the key counts once it is here.
      if (!box()?.matches(".htmx-request")) return false;
      box().addEventListener("htmx:afterSettle", open, { once: true });
      return true;
    }
    reply.open = true;
    field().focus();
    field().setSelectionRange(field().value.length, field().value.length);
    return true;
  };
  const openMacros = () => {
    const menu = document.getElementById("macro-menu");
    if (!menu) return false;
    document.getElementById("reply-box").open = true;
    menu.open = true;
    document.getElementById("macro-filter").focus();
    return true;
  };
  const ready = () => {
    isStopped = false;
    unsaved = false;
    if (!form()) return;
    document.getElementById("macro-filter")?.removeAttribute("hidden");
    document.querySelectorAll(".reply .no-script").forEach((el) => { el.hidden = true; });
    document.getElementById("reply-alert")?.focus({ preventScroll: true });
    wasOver = false;
    mark(ticket(), Boolean(field().value.trim()));
    offerKept(form());
  };

  const changed = () => { count(); schedule(); };
  document.addEventListener("input", (event) => {
    if (event.target.id === "macro-filter") { narrow(event.target.value); return; }
    if (!event.target.closest("#reply-form") || event.target.type === "file") return;
    if (event.target.id === "reply") changed(); else schedule();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "way" && event.target.closest("#reply-form")) changed();
    if (event.target.id === "reply-file" && event.target.files.length) attach(event.target.files);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#reply-opener")) requestAnimationFrame(() => { if (document.getElementById("reply-box")?.open) field().focus(); });
  });
  // What is on its way to the server comes before what asks for the composer anew.
  document.addEventListener("htmx:confirm", (event) => {
    if (!(saving || unsaved) || event.detail.question) return;
    const own = event.target.closest("#reply-form");
    event.preventDefault();
    // The buttons of the form bring the words along; only a save under way must end first.
    const wait = own ? (clearTimeout(timer), saving) : save();
    Promise.resolve(wait).then(() => { if (own) unsaved = false; event.detail.issueRequest(true); });
  });
  // Whatever a button of the form did, it saved the words first.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    const own = event.target.closest("#reply-form");
    if (own && xhr.status < 300) kept.write(own.dataset.ticket, "");
  });
  window.addEventListener("pagehide", () => {
    const here = form();
    if (!here || !unsaved || isStopped) return;
    const body = new FormData(here);
    body.delete("file");
    navigator.sendBeacon(here.dataset.draftUrl, body);
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#reply-form") || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.getElementById("send-reply").click();
    } else if (event.key === "Escape" && event.target.id === "reply" && !event.defaultPrevented && !field().value.trim()) {
      event.preventDefault();
      document.getElementById("reply-box").open = false;
      document.getElementById("reply-opener").focus();
    }
  });

  // -- macros --
  const narrow = (wanted) => {
    const words = wanted.toLowerCase().split(/\s+/);
    document.querySelectorAll(".macro-list li").forEach((item) => {
      const button = item.querySelector("button");
      const text = `${button.textContent} ${button.dataset.words} ${button.dataset.shortcut}`.toLowerCase();
      item.hidden = !words.every((part) => text.includes(part));
    });
  };
  const insert = async (button, from = null) => {
    const note = field();
    const [begin, end] = from ?? [note.selectionStart, note.selectionEnd];
    await save();
    const body = new FormData(form());
    body.delete("file");
    body.set("macro", button.value);
    const answer = await fetch(form().dataset.macroUrl, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    const told = answer && await answer.json().catch(() => null);
    if (!answer?.ok || !told) { window.crossdesk.say(told?.message || word("failed"), "error"); return; }
    form().elements.version.value = told.version;
    note.setRangeText(told.text, begin, end, "end");
    const slot = note.value.slice(begin).match(/\{\{[^{}]*\}\}/);
    document.getElementById("reply-box").open = true;
    note.focus();
    if (slot) note.setSelectionRange(begin + slot.index, begin + slot.index + slot[0].length);
    changed();
    if (told.missing.length) { say(word("macro_asks", told.missing.join(", "))); announce(word("macro_asks", told.missing.join(", "))); }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".macro-list button");
    if (!button) return;
    event.preventDefault();
    document.getElementById("macro-menu").open = false;
    insert(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "macro-filter" || event.key !== "Enter") return;
    event.preventDefault();
    document.querySelector(".macro-list li:not([hidden]) button")?.click();
  });

  // -- suggestions while typing: /shortcut and @handle --
  const handles = () => JSON.parse(document.getElementById("reply-handles")?.textContent || "[]");
  const macros = () => [...document.querySelectorAll(".macro-list button")];
  window.crossdesk.suggesting("reply", [
    {
      starts: /(?:^|\s)(\/[\w-]*)$/u,
      find: (typed) => macros().filter((one) => one.dataset.shortcut.startsWith(typed.slice(1).toLowerCase()) && one.dataset.shortcut)
        .map((one) => ({ title: `/${one.dataset.shortcut}`, detail: one.querySelector(".strong").textContent, button: one })),
      take: (choice, range) => { insert(choice.button, range); },
    },
    {
      starts: /(?:^|[^\w@.])(@[\w.@-]*)$/u,
      find: (typed) => handles().filter((one) => `${one.handle} ${one.name}`.toLowerCase().split(/\s+/).some((part) => part.startsWith(typed.slice(1).toLowerCase())))
        .map((one) => ({ title: `@${one.handle}`, detail: one.name, text: `@${one.handle} ` })),
    },
  ], changed);

  // -- pictures --
  const attach = async (files) => {
    const pictures = [...files].filter((file) => file.type.startsWith("image/"));
    if (!pictures.length || !form().querySelector(".attach")) return;
    await save();
    const body = new FormData(form());
    body.delete("file");
    pictures.forEach((file) => body.append("file", file, file.name || "picture.png"));
    const request = new XMLHttpRequest();
    request.open("POST", form().dataset.attachUrl);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) say(word("uploading", Math.round(100 * event.loaded / event.total))); });
    request.addEventListener("load", () => {
      if (request.status >= 500 || request.status === 413 || !box()) { window.crossdesk.say(word(request.status === 413 ? "too_large" : "failed_server"), "error"); return; }
      window.htmx.swap("#composer", request.responseText, { swapStyle: "innerHTML" });
      announce(word("uploaded"));
    });
    request.addEventListener("error", () => window.crossdesk.say(word("failed"), "error"));
    request.send(body);
  };
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (event.target.id === "reply" && files?.length) { event.preventDefault(); attach(files); }
  });
  const dropping = (event) => event.target.closest?.("#reply-box") && [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => { if (dropping(event)) { event.preventDefault(); document.getElementById("reply-box").classList.add("dropping"); } });
  document.addEventListener("dragleave", (event) => { if (event.target.id === "reply-box") event.target.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    if (!dropping(event)) return;
    event.preventDefault();
    document.getElementById("reply-box").classList.remove("dropping");
    attach(event.dataTransfer.files);
  });

  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "composer") ready(); });
  ready();
  Object.assign(window.crossdesk, { openReply: open, openMacros });
})();
