// The number on the bell, on pages that do not keep live rows themselves.
(() => {
  const bell = document.getElementById("bell");
  if (!bell || document.body.dataset.liveUrl || !bell.dataset.liveUrl) return;
  let stream = null;
  let mark = Date.now();

  const renew = async () => {
    const answer = await fetch(bell.dataset.unreadUrl, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    const { notices } = await answer.json();
    const count = bell.querySelector("[data-count]");
    count.dataset.value = notices;
    count.textContent = notices;
  };
  // A browser has few connections to one address: only the page that is looked at keeps one.
  const listen = () => {
    stream?.close();
    stream = null;
    if (document.hidden) return;
    const url = new URL(bell.dataset.liveUrl, window.location.href);
    url.searchParams.set("since", mark);
    stream = new EventSource(url, { withCredentials: true });
    stream.onmessage = (event) => {
      if (event.lastEventId) mark = event.lastEventId;
      if (JSON.parse(event.data).k === "notice") renew();
    };
    stream.addEventListener("resync", renew);
    stream.addEventListener("bye", () => stream.close());
  };
  document.addEventListener("visibilitychange", () => { listen(); if (!document.hidden) renew(); });
  window.addEventListener("pagehide", () => stream?.close());
  listen();
})();
