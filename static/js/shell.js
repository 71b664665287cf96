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

  // Unsent notes may be confidential: they do not outlive the person's session.
  document.addEventListener("submit", (event) => {
    if (event.target.action.endsWith("/logout/")) try { sessionStorage.clear(); } catch { /* nothing was kept */ }
  });

  // On a narrow screen the settings are one line: the page that is open stands in it.
  const here = document.querySelector(".settings-menu [aria-current]");
  if (here && here.closest("nav").scrollWidth > here.closest("nav").clientWidth) here.closest("nav").scrollLeft = here.offsetLeft - 24;

  window.crossdesk = { word: (key, value) => (words[key] || key).replace("%s", value ?? ""), announce, isTyping };
})();
