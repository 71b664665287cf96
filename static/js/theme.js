// Runs before the first paint, so that the page never flashes in the wrong colours.
(() => {
  const key = "crossdesk.theme";
  const read = () => { try { return localStorage.getItem(key) || "system"; } catch { return "system"; } };
  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  apply(read());

  document.addEventListener("DOMContentLoaded", () => {
    const words = JSON.parse(document.getElementById("strings")?.textContent || "{}");
    const buttons = document.querySelectorAll("[data-theme-toggle]");
    const label = () => document.querySelectorAll("[data-theme-name]").forEach((el) => { el.textContent = words[`theme_${read()}`] || read(); });
    buttons.forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        const order = ["system", "light", "dark"];
        const next = order[(order.indexOf(read()) + 1) % order.length];
        try { localStorage.setItem(key, next); } catch { /* private window: it lasts for this page */ }
        apply(next);
        label();
      });
    });
    label();
  });
})();
