// Messages go away by themselves, except warnings and while somebody reads or uses them; failed requests say so.
(() => {
  const list = () => document.getElementById("toasts");
  const shown = new WeakSet();

  const watch = () => {
    list().querySelectorAll(".toast").forEach((toast) => {
      if (shown.has(toast)) return;
      shown.add(toast);
      toast.querySelector("[data-dismiss]").hidden = false;
      if (toast.matches(".error, .warning")) return;
      // An undo is offered for ten seconds; plain words need less.
      setTimeout(() => leave(toast), toast.hasAttribute("data-undo") ? 10_000 : 6_000);
    });
    while (list().children.length > 4) list().firstElementChild.remove();
  };

  const leave = (toast) => {
    if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 1_000);
    else toast.remove();
  };

  const say = (text, level = "info") => {
    const toast = document.createElement("div");
    toast.className = `toast ${level}`;
    toast.setAttribute("role", level === "error" ? "alert" : "status");
    const words = document.createElement("span");
    words.className = "grow";
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn icon";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", window.crossdesk.word("dismiss"));
    close.textContent = "×";
    toast.append(words, close);
    list().append(toast);
    watch();
  };

  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  document.addEventListener("submit", (event) => event.target.closest(".toast[data-undo]")?.setAttribute("hidden", ""));
  document.addEventListener("htmx:oobAfterSwap", watch);
  document.addEventListener("htmx:afterSettle", watch);
  document.addEventListener("htmx:sendError", () => say(window.crossdesk.word("failed"), "error"));
  document.addEventListener("htmx:timeout", () => say(window.crossdesk.word("failed"), "error"));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    const key = status === 404 ? "gone" : status === 401 || status === 403 ? "signed_out" : "failed_server";
    say(window.crossdesk.word(key), "error");
  });
  // A session that ended answers with the sign-in page: go there instead of drawing it in a pane.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.responseURL.includes("/accounts/login/")) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });

  watch();
  window.crossdesk.say = say;
})();
