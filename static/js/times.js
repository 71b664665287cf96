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
  const span = (seconds) => {
    if (seconds < 3_600) return word("minutes", Math.floor(seconds / 60));
    if (seconds < 86_400) return word("hours", Math.floor(seconds / 3_600));
    return word("days", Math.floor(seconds / 86_400));
  };
  const SOON = 3_600;
  const renewDue = () => document.querySelectorAll("time[data-due]").forEach((el) => {
    const left = (Date.parse(el.dateTime) - Date.now()) / 1000;
    const text = word(left < 0 ? "late" : "due_in", span(Math.abs(left)));
    if (el.textContent !== text) el.textContent = text;
    const chip = el.closest(".chip");
    chip?.classList.toggle("bad", left < 0);
    chip?.classList.toggle("warn", left >= 0 && left < SOON);
  });
  const renewAgo = () => document.querySelectorAll("time[data-ago]").forEach((el) => {
    const text = say(Date.parse(el.dateTime));
    if (text && el.textContent !== text) el.textContent = text;
  });
  const renew = () => { renewAgo(); renewDue(); };
  setInterval(renew, 30_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
})();
