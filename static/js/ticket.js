// The open ticket: what happens around a swap, and renewing it without touching what somebody is writing.
(() => {
  const { word, announce } = window.crossdesk;
  const pane = document.getElementById("ticket");
  const query = document.body.dataset.query;
  const openId = () => pane.querySelector("#conversation")?.dataset.ticket || "";

  // To the newest line of the conversation; of a long one to where it begins.
  const toEnd = () => {
    const thread = document.getElementById("thread");
    const aim = window.location.hash.match(/^#(post|note)-\d+$/) && document.querySelector(window.location.hash);
    if (aim) { aim.scrollIntoView({ block: "center" }); return; }
    if (!thread) return;
    thread.scrollTop = thread.scrollHeight;
    const newest = [...thread.querySelectorAll(".post, .note")].at(-1);
    const hidden = newest ? thread.getBoundingClientRect().top - newest.getBoundingClientRect().top : 0;
    if (hidden > 0) thread.scrollTop -= hidden + 8;
  };

  // What stays the same must not be exchanged: focus, open menus and selections live there.
  const plain = (el) => el.outerHTML.replace(/<time[^]*?<\/time>| (open|tabindex|hidden|data-[a-z-]+)="[^"]*"/g, "").replace(/<input type="hidden"[^>]*>/g, "").replace(/ class="[^"]*(htmx-[a-z]+)[^"]*"/g, "").replace(/\s+/g, " ");
  // A form that waits for its answer must stay: htmx puts the answer's message where the form is.
  const isBusy = (el) => el.matches(".htmx-request") || el.querySelector(".htmx-request, details.menu[open], details[open] :is(input, textarea):focus, input:focus, textarea:focus, select:focus") !== null;
  const exchange = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.dataset.key;
    fresh.querySelectorAll("details[id]").forEach((el) => { el.open = document.getElementById(el.id)?.open ?? el.open; });
    if (old.matches("details")) fresh.open = old.open;
    old.replaceWith(fresh);
    window.htmx.process(fresh);
    if (focused) (fresh.querySelector(key ? `[data-key="${key}"]` : "h2, [tabindex]") || fresh).focus({ preventScroll: true });
  };

  const drop = (old) => { if (old && !isBusy(old)) old.remove(); };

  const renewPart = (id, doc) => {
    const old = document.getElementById(id);
    const fresh = doc.getElementById(id);
    if (old && fresh && plain(old) !== plain(fresh)) {
      if (isBusy(old)) return;
      exchange(old, fresh);
    } else if (old && fresh) {
      // Same picture, newer expectation: the next click must speak of the state on screen.
      const values = fresh.querySelectorAll("input[name=expect]");
      old.querySelectorAll("input[name=expect]").forEach((el, n) => { if (values[n]) el.value = values[n].value; });
    } else if (!old && fresh) document.getElementById("bar").after(fresh);
  };

  const renewThread = (doc) => {
    const thread = document.getElementById("thread");
    // What is on its way renews itself.
    doc.getElementById("replies")?.remove();
    const fresh = [...(doc.getElementById("thread")?.children || [])];
    const wasAtEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    let news = 0;
    let last = null;
    fresh.forEach((el) => {
      const old = document.getElementById(el.id);
      if (!old || old.parentElement !== thread) {
        thread.insertBefore(el, last ? last.nextSibling : thread.firstChild);
        window.htmx.process(el);
        if (el.matches(".post, .note")) news += 1;
        last = el;
      } else {
        if (plain(old) !== plain(el)) { exchange(old, el); last = el; } else last = old;
      }
    });
    const known = new Set([...(doc.getElementById("thread")?.children || []), ...fresh].map((el) => el.id));
    [...thread.children].forEach((el) => { if (el.matches(".event, .events") && !known.has(el.id)) el.remove(); });
    if (news && wasAtEnd) thread.scrollTop = thread.scrollHeight;
    if (news) announce(word("new_entries"));
  };

  const hide = () => {
    pane.replaceChildren();
    window.crossdesk.say(word("gone"), "warning");
    delete document.body.dataset.ticket;
    document.body.classList.replace("pane-ticket", "pane-list");
    arrive();
  };

  const renew = async () => {
    const id = openId();
    if (!id) return;
    const answer = await fetch(`/t/${id}/?${query}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    const html = await answer.text();
    // Whoever sorts by keys has gone on to the next ticket by now: nothing of this one may get into that.
    if (openId() !== id) return;
    if (answer.status === 404) { hide(); return; }
    if (!answer.ok || answer.redirected) return;
    const doc = new DOMParser().parseFromString(html, "text/html");
    if (doc.getElementById("conversation")?.dataset.ticket !== id) return;
    renewThread(doc);
    ["bar", "bounce", "sort", "why", "consults", "side"].forEach((part) => renewPart(part, doc));
    ["bounce", "sort", "consults"].forEach((part) => { if (!doc.getElementById(part)) drop(document.getElementById(part)); });
    const replies = document.getElementById("replies");
    if (replies && !isBusy(replies)) document.body.dispatchEvent(new CustomEvent("crossdesk:replies"));
  };

  // -- who is looking --
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";
  const beat = async (method = "POST") => {
    const conversation = pane.querySelector("#conversation");
    if (!conversation || (document.hidden && method === "POST")) return;
    const answer = await fetch(conversation.dataset.presenceUrl, { method, headers: { "X-CSRFToken": token() }, credentials: "same-origin" }).catch(() => null);
    const place = document.getElementById("presence");
    if (answer?.ok && place && conversation.isConnected) {
      const html = (await answer.text()).trim();
      const box = document.createElement("template");
      box.innerHTML = html;
      if (place.textContent.trim() !== box.content.textContent.trim()) place.replaceChildren(box.content);
    }
  };
  const leave = (url) => navigator.sendBeacon(url, new URLSearchParams({ csrfmiddlewaretoken: token(), left: "1" }));
  let presenceUrl = "";
  const arrive = () => {
    const url = pane.querySelector("#conversation")?.dataset.presenceUrl || "";
    if (presenceUrl && presenceUrl !== url) leave(presenceUrl);
    if (url && presenceUrl !== url) beat();
    presenceUrl = url;
  };
  setInterval(beat, 20_000);
  window.addEventListener("pagehide", () => { if (presenceUrl) leave(presenceUrl); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });

  // -- around a swap --
  document.addEventListener("htmx:configRequest", (event) => {
    if (!pane.contains(event.target) || event.detail.verb !== "post") return;
    event.detail.parameters.delete?.("next");
    const along = (event.detail.parameters.get?.("alike") || "").split(",");
    event.detail.parameters.set?.("next", window.crossdesk.nextOf(openId(), along));
  });
  // What leaves is the newest line of the conversation: it is shown when it is new.
  let known = 0;
  let wasAtEnd = false;
  const outgoing = () => pane.querySelectorAll("#replies > .outgoing").length;
  pane.addEventListener("htmx:beforeSwap", (event) => {
    const thread = document.getElementById("thread");
    known = outgoing();
    wasAtEnd = thread && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  });
  pane.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "replies" && (wasAtEnd || outgoing() > known)) toEnd();
    if (event.target !== pane) return;
    const id = openId();
    const before = document.body.dataset.ticket || "";
    if (id) document.body.dataset.ticket = id; else delete document.body.dataset.ticket;
    document.body.classList.remove("pane-list", "pane-ticket", "side-open");
    document.body.classList.add(id ? "pane-ticket" : "pane-list");
    window.crossdesk.markRow(id);
    toEnd();
    // What had the focus is gone: it goes on to what is there instead, the list when nothing is left.
    const here = ["alert", "ticket-title", "list-title"].map((name) => document.getElementById(name)).find(Boolean);
    here?.focus({ preventScroll: true });
    if (id !== before) document.dispatchEvent(new CustomEvent("crossdesk:opened", { detail: { id } }));
    arrive();
  });
  document.addEventListener("click", (event) => {
    // Back to a list that is still here needs no request, and keeps its scroll position.
    const back = event.target.closest("a.back");
    if (!back || !document.getElementById("rows").children.length || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    document.body.classList.replace("pane-ticket", "pane-list");
    history.pushState({ htmx: true }, "", back.href);
    document.getElementById(`row-${openId()}`)?.querySelector(".row-link").focus({ preventScroll: true });
  });

  toEnd();
  arrive();
  Object.assign(window.crossdesk, { renewTicket: renew, renewPresence: () => beat("GET"), openTicket: openId });
})();
