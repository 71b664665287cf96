// What the other scripts share: words, the announcer, and "is somebody typing?".
(() => {
  const words = JSON.parse(document.getElementById("strings")?.textContent || "{}");
  let waiting = [];
  let timer = null;

  // Screen readers get at most one announcement in two seconds, the last of each kind.
  const announce = (text) => {
    if (!waiting.includes(text)) waiting.push(text);
    timer ??= setTimeout(() => {
      document.getElementById("announcer").textContent = waiting.slice(-3).join(" ");
      waiting = [];
      timer = null;
    }, 700);
  };

  const isTyping = (target) => target instanceof Element
    && target.closest("input:not([type=checkbox],[type=radio],[type=submit],[type=button]), textarea, select, [contenteditable]") !== null;

  // Unsent words may be confidential. They wait in their tab for who wrote them (`crossdesk.<kind>.<person>.<ticket>`), until
  // that person signs out, in whichever tab, or somebody else signs in.
  const SIGNED_OUT = "crossdesk.signed-out";
  const forget = () => { try { sessionStorage.clear(); } catch { /* nothing was kept */ } };
  const { user } = document.body.dataset;
  try {
    if (user && Object.keys(sessionStorage).some((key) => key.startsWith("crossdesk.") && key.split(".")[2] !== user)) forget();
  } catch { /* nothing was kept */ }
  document.addEventListener("submit", (event) => {
    if (!event.target.action.endsWith("/logout/")) return;
    forget();
    try { localStorage.setItem(SIGNED_OUT, String(Date.now())); } catch { /* each tab forgets when somebody else signs in */ }
  });
  window.addEventListener("storage", (event) => { if (event.key === SIGNED_OUT) forget(); });

  // On a narrow screen the settings are one line: the page that is open stands in it.
  const here = document.querySelector(".settings-menu [aria-current]");
  if (here && here.closest("nav").scrollWidth > here.closest("nav").clientWidth) here.closest("nav").scrollLeft = here.offsetLeft - 24;

  window.crossdesk = { word: (key, value) => (words[key] || key).replace("%s", value ?? ""), announce, isTyping };
})();
