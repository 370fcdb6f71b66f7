// Opens evidence drawers as dialogs, folds open what a link points to, switches the theme, prints. The page is
// complete without it: a drawer is then shown as the target of its link.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const named = (hash) => (hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null);
  const unfold = (element) => {
    for (let part = element; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  };
  const show = (element) => {
    if (element.localName === "dialog") {
      if (!element.open) element.showModal();
      element.scrollTop = 0;
      return true;
    }
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    unfold(element);
    return false;
  };
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest("dialog");
    if (dialog && event.clientX && event.clientX < dialog.getBoundingClientRect().left) return dialog.close();
    const control = event.target.closest("[data-do]");
    if (control?.dataset.do === "close") { event.preventDefault(); return dialog.close(); }
    if (control?.dataset.do === "print") return window.print();
    if (control?.dataset.do === "theme") {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      return undefined;
    }
    const link = event.target.closest('a[href^="#"]');
    const target = link && named(link.hash);
    if (!target) return undefined;
    link.closest(".menu")?.removeAttribute("open");
    if (show(target)) event.preventDefault();
    return undefined;
  });
  const follow = () => { const target = named(location.hash); if (target) show(target); };
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => document.querySelectorAll("details[data-print]").forEach((part) => { part.open = true; }));
  follow();
})();
