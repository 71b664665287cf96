// Keeps "5 min" true while a page stays open all day.
(() => {
  const { word } = window.crossdesk;
  const say = (then) => {
    const seconds = (Date.now() - then) / 1000;
    if (seconds < 60) return word("now");
    if (seconds < 3_600) return word("minutes", Math.floor(seconds / 60));
    if (seconds < 86_400) return word("hours", Math.floor(seconds / 3_600));
    if (seconds < 604_800) return word("days", Math.floor(seconds / 86_400));
    return null;
  };
  const renew = () => document.querySelectorAll("time[data-ago]").forEach((el) => {
    const text = say(Date.parse(el.dateTime));
    if (text && el.textContent !== text) el.textContent = text;
  });
  setInterval(renew, 30_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
})();
