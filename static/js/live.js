// Live updates: the stream says which tickets changed, this fetches the rows that belong on the list at hand.
(() => {
  const { word, announce } = window.crossdesk;
  const body = document.body.dataset;
  const banner = document.getElementById("connection");
  const BREATH = 400;
  const POLL = 15_000;
  let stream = null;
  let mark = body.since;
  let lost = 0;
  let polls = 0;
  let retry = 2_000;
  let reconnect = null;
  const waiting = new Set();
  let timer = null;
  let flushedAt = 0;
  let renewing = false;
  let again = false;

  const say = (key, className = "") => {
    banner.className = `banner ${className}`;
    const text = key ? word(key) : "";
    if (banner.textContent !== text) banner.textContent = text;
    banner.hidden = !key;
  };

  const counts = (numbers) => {
    document.querySelectorAll("[data-count]").forEach((el) => {
      const number = numbers[el.dataset.count];
      if (number === undefined) return;
      el.dataset.value = number;
      if (el.textContent !== String(number)) el.textContent = number;
    });
  };

  const get = async (url, options = {}) => {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    if (answer.status === 401 || answer.redirected) {
      window.location.reload();
      throw new Error("signed out");
    }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  };

  const rowsOf = async (ids) => (await get(`${body.rowsUrl}?${body.query}&ids=${ids.join(",")}`)).json();

  const flush = async () => {
    timer = null;
    flushedAt = Date.now();
    const ids = [...waiting];
    waiting.clear();
    if (ids.length > 90) { await catchUp(); return; }
    let answer;
    try { answer = await rowsOf(ids); } catch { ids.forEach((id) => waiting.add(id)); trouble(); return; }
    window.crossdesk.applyRows({ put: Object.values(answer.rows), gone: answer.gone });
    counts(answer.counts);
  };
  // The first change shows at once; what follows in a burst is gathered.
  const askRows = (ids) => {
    ids.forEach((id) => waiting.add(id));
    timer ??= setTimeout(flush, Math.max(0, flushedAt + BREATH - Date.now()));
  };
  const changed = (ids) => {
    if (ids.map(String).includes(window.crossdesk.openTicket())) renewTicket();
    askRows(ids);
  };

  const renewTicket = async () => {
    if (renewing) { again = true; return; }
    renewing = true;
    try { await window.crossdesk.renewTicket(); } catch { /* the next change tries again */ }
    renewing = false;
    if (again) { again = false; setTimeout(renewTicket, BREATH); }
  };

  // Everything anew: the first page, what is loaded below it, the counts and the open ticket.
  const catchUp = async () => {
    const url = new URL(document.querySelector("#queues [aria-current]")?.href || window.location.href);
    new URLSearchParams(body.query).forEach((value, name) => { if (name !== "q") url.searchParams.set(name, value); });
    url.searchParams.set("after", "");
    const first = await (await get(url, { headers: { "HX-Request": "true" } })).text();
    const box = document.createElement("template");
    box.innerHTML = first;
    const drawn = [...box.content.querySelectorAll(".row")];
    const listed = new Set(drawn.map((row) => Number(row.dataset.id)));
    const others = window.crossdesk.loadedIds().filter((id) => !listed.has(id)).slice(0, 100);
    const answer = await rowsOf(others);
    window.crossdesk.applyRows({ put: [...drawn.map((row) => row.outerHTML), ...Object.values(answer.rows)], gone: answer.gone });
    counts(answer.counts);
    await renewTicket();
  };

  const trouble = () => {
    if (!lost) {
      lost = Date.now();
      polls = 0;
      // A page that is only being left, or a server that restarts, is not worth a banner.
      setTimeout(() => { if (lost && !polls) say("lost"); }, 1_500);
    }
  };
  const recovered = async () => {
    const wasLost = lost;
    lost = 0;
    retry = 2_000;
    if (!wasLost) return;
    try {
      await catchUp();
      say("back", "ok");
      announce(word("back"));
      setTimeout(() => { if (!lost) say(""); }, 4_000);
    } catch { trouble(); }
  };

  const poll = async () => {
    if (!lost) return;
    try { await catchUp(); polls += 1; say("polling"); } catch { polls = 0; say("lost"); }
  };

  const heard = (event) => {
    if (event.lastEventId) mark = event.lastEventId;
    const { k: kind, t: changes } = JSON.parse(event.data);
    const ids = changes.map(([id]) => id);
    if (kind === "presence") { if (ids.map(String).includes(window.crossdesk.openTicket())) window.crossdesk.renewPresence(); } else changed(ids);
  };

  const connect = () => {
    clearTimeout(reconnect);
    stream?.close();
    const url = new URL(body.liveUrl, window.location.href);
    url.searchParams.set("since", mark);
    if (window.crossdesk.openTicket()) url.searchParams.set("ticket", window.crossdesk.openTicket());
    stream = new EventSource(url, { withCredentials: true });
    stream.onopen = () => recovered();
    stream.onmessage = heard;
    stream.addEventListener("resync", (event) => { if (event.lastEventId) mark = event.lastEventId; catchUp().catch(trouble); });
    stream.addEventListener("bye", () => { stream.close(); againIn(1_000 + Math.random() * 2_000); });
    stream.onerror = () => {
      trouble();
      if (stream.readyState === EventSource.CLOSED) againIn(retry + Math.random() * 1_000);
    };
  };
  const againIn = (milliseconds) => {
    clearTimeout(reconnect);
    retry = Math.min(retry * 2, 30_000);
    reconnect = setTimeout(connect, milliseconds);
  };

  document.addEventListener("crossdesk:opened", () => { if (!lost) connect(); });
  document.addEventListener("crossdesk:changed", (event) => { if (event.detail.ids.length) changed(event.detail.ids); });
  document.addEventListener("crossdesk:drafted", (event) => askRows([event.detail.id]));
  window.addEventListener("offline", trouble);
  window.addEventListener("online", () => { retry = 500; connect(); });
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) { lost = lost || 1; connect(); } });
  setInterval(poll, POLL);
  connect();
})();
