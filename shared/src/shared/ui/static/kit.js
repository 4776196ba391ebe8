// Behaviour the HTML cannot express on its own. Every page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => within.querySelectorAll(selector);
  const csrf = () => document.querySelector("meta[name=csrf-token]")?.content || "";
  const announce = words => { const place = document.querySelector("[data-announce]"); if (place) place.textContent = words; };

  // Theme: what the cookie says is already in the page, so there is no flash.
  const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  function setTheme(theme) {
    root.dataset.theme = theme;
    document.cookie = `ledgerline-theme=${theme};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
    for (const button of all("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.value === theme));
  }

  // Forms: sent once; the button keeps its width and says what is going on.
  function busy(form, button) {
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    if (!button) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) { const words = button.querySelector("span") || button; button.dataset.words = words.textContent; words.textContent = button.dataset.busy; }
  }
  function ready(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of all("[aria-busy]", form)) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("style");
      if (button.dataset.words) { (button.querySelector("span") || button).textContent = button.dataset.words; delete button.dataset.words; }
    }
  }
  addEventListener("pageshow", event => { if (event.persisted) for (const form of all("form[data-sent]")) ready(form); });
  addEventListener("submit", event => {
    const form = event.target, button = event.submitter;
    if (form.matches("[data-theme-form]")) {
      event.preventDefault();
      setTheme(button.matches("[data-theme-toggle]") ? (isDark() ? "light" : "dark") : button.value);
      return;
    }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.matches("[data-once]") && form.method === "post") { form.dataset.clean = "yes"; setTimeout(() => busy(form, button)); }
  });
  addEventListener("input", event => { const form = event.target.form; if (form?.matches("[data-guard]")) form.dataset.dirty = "yes"; });
  addEventListener("beforeunload", event => { if (document.querySelector("form[data-dirty]:not([data-clean])")) event.preventDefault(); });
  addEventListener("change", event => { if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit(); });

  // Menus, dialogs and sheets. A link that opens one also works as a page.
  function openDialog(dialog, opener) {
    dialog.showModal();
    // The first choice, not the way out.
    const first = dialog.querySelector("[autofocus]") || dialog.querySelector(".body :is(input:not([type=hidden]):enabled, select, textarea, a, button)");
    const chosen = first?.type === "radio" && first.closest("fieldset")?.querySelector(":checked");
    (chosen || first || dialog.querySelector("[data-close]") || dialog).focus();
    dialog.addEventListener("close", () => opener?.focus(), { once: true });
  }
  async function openSheet(link) {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign(link.href); return; }
    const sheet = document.createElement("dialog");
    sheet.className = "sheet";
    const inside = document.createElement("template");
    inside.innerHTML = await answer.text();
    const bare = !inside.content.querySelector(".body");
    const body = bare ? sheet.appendChild(document.createElement("div")) : sheet;
    if (bare) body.className = "body";
    body.append(inside.content);
    if (!sheet.querySelector("[data-close]")) {
      const close = document.createElement("button");
      close.className = "btn q leave"; close.type = "button"; close.dataset.close = ""; close.textContent = document.body.dataset.close;
      sheet.append(close);
    }
    const title = sheet.querySelector("h1, h2");
    if (title) { title.id ||= "sheet-title"; sheet.setAttribute("aria-labelledby", title.id); }
    document.body.append(sheet);
    for (const form of all("form", sheet)) if (!form.getAttribute("action")) form.action = link.href;
    window.htmx?.process(sheet);
    upgrade(sheet);
    openDialog(sheet, link);
    sheet.addEventListener("close", () => sheet.remove(), { once: true });
  }
  addEventListener("click", event => {
    const target = event.target.closest("a, button, dialog");
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!target) return;
    const plain = !(event.metaKey || event.ctrlKey || event.shiftKey);
    if (target.dataset.dialog && plain) { const dialog = document.getElementById(target.dataset.dialog); if (dialog) { event.preventDefault(); openDialog(dialog, target); } }
    else if ("sheet" in target.dataset && plain) { event.preventDefault(); openSheet(target); }
    else if ("close" in target.dataset) { const dialog = target.closest("dialog"); if (dialog) { event.preventDefault(); dialog.close(); } }
    else if (event.target.matches("dialog.sheet")) event.target.close();
    else if ("fill" in target.dataset) { event.preventDefault(); fill(target); }
    else if (target.dataset.reveal) reveal(target);
    else if (target.dataset.step) step(target);
    else if (target.dataset.copy) navigator.clipboard?.writeText(target.dataset.copy).then(() => announce(target.dataset.copied || ""));
  });
  addEventListener("keydown", event => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const search = document.querySelector("[data-search]");
    if (search && ((event.key === "k" && (event.metaKey || event.ctrlKey)) || (event.key === "/" && !typing))) { event.preventDefault(); search.focus(); search.select(); }
    const ahead = event.target.matches("[data-boxes] input") && neighbour(event.target, event.key);
    if (ahead) { event.preventDefault(); ahead.focus(); }
    if (event.key === "Escape") for (const menu of all("details[data-menu][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  // A table of check boxes: the arrows lead from box to box, and a button ticks the whole row.
  function neighbour(box, key) {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] || [];
    if (across === undefined) return null;
    const from = box.closest("td"), rows = from.closest("tbody").rows;
    for (let x = from.cellIndex + across, y = from.parentElement.sectionRowIndex + down; rows[y]?.cells[x]; x += across, y += down) {
      const found = rows[y].cells[x].querySelector("input");
      if (found) return found;
    }
    return null;
  }
  function fill(button) {
    const boxes = all("td input", button.closest("tr"));
    for (const box of boxes) box.checked = true;
    boxes[0]?.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function reveal(button) {
    const field = document.getElementById(button.dataset.reveal), shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    const words = button.textContent; button.textContent = button.dataset.hide; button.dataset.hide = words;
  }
  function step(button) {
    const field = button.parentElement.querySelector("input");
    button.dataset.step === "1" ? field.stepUp() : field.stepDown();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Live parts: fetched again when the server tells of an event (data-events is the stream, data-on the names),
  // else every few seconds (data-every; 0: never) and no longer than data-most, after which a link says "Look again".
  // An answer that holds a live part goes on; any other is the last one. 204 means nothing new.
  function live(place) {
    let timer, source, since = Date.now(), tries = 0, twice = false, stopped = false;
    const url = place.dataset.live, names = (place.dataset.on || "").split(" ");
    const every = Number(place.dataset.every) * 1000, most = Number(place.dataset.most || Infinity) * 1000;
    const stop = () => { stopped = true; clearTimeout(timer); source?.close(); };
    const lookIn = wait => { clearTimeout(timer); if (!stopped) timer = setTimeout(look, wait); };
    // What is told may reach one service before another: look at once, and once more a little later.
    const told = () => { twice = true; lookIn(100); };
    function later() {
      if (stopped || !every || source?.readyState === 1) return;
      if (Date.now() - since > most) { const again = place.querySelector("[data-again]"); if (again) again.hidden = false; return; }
      if (source?.readyState === 2 && tries % 6 === 5 && !document.hidden) listen();
      lookIn(tries < 15 || most < Infinity ? every : every * 3);
    }
    function listen() {
      if (!place.dataset.events || !window.EventSource) return;
      source?.close();
      source = new EventSource(place.dataset.events);
      source.onopen = () => { since = Date.now(); clearTimeout(timer); if (every) lookIn(every); };
      source.onerror = later;
      for (const name of names) source.addEventListener(name, told);
    }
    async function look() {
      if (stopped || !place.isConnected) return stop();
      if (document.hidden) return later();
      tries += 1;
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
      if (answer?.redirected) { stop(); location.reload(); return; }
      if (answer?.status === 200) {
        const fresh = document.createElement("template");
        fresh.innerHTML = await answer.text();
        const next = fresh.content.querySelector("[data-live]");
        if (!next) stop();
        // The last answer of a page about itself is the page: load it, with its title and its focus.
        if (!next && new URL(url, location).pathname === location.pathname) { location.reload(); return; }
        const html = (next || fresh).innerHTML.trim();
        if (html !== place.dataset.seen) swap(place, html);
      } else if (answer && answer.status >= 400 && answer.status < 500) stop();
      if (twice) { twice = false; lookIn(2000); } else later();
    }
    document.addEventListener("visibilitychange", () => {
      if (stopped) return;
      if (document.hidden) { source?.close(); return; }  // nobody looks: the place is for others
      since = Date.now();
      if (every) look();
      listen();
    });
    later();
    if (!document.hidden) listen();
  }
  function swap(place, html) {
    const at = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
    place.innerHTML = place.dataset.seen = html;
    window.htmx?.process(place);
    upgrade(place);
    if (at) [...all("a[href]", place)].find(link => link.getAttribute("href") === at)?.focus({ preventScroll: true });
  }

  // Toasts stay ten seconds, longer while pointed at or focused.
  function toast(box) {
    let timer;
    const start = () => { timer = setTimeout(() => box.remove(), 10000); };
    const hold = () => clearTimeout(timer);
    for (const name of ["mouseenter", "focusin"]) box.addEventListener(name, hold);
    for (const name of ["mouseleave", "focusout"]) box.addEventListener(name, start);
    start();
  }

  function upgrade(within) {
    for (const part of all("[data-live]", within)) live(part);
    for (const button of all("[data-reveal], [data-step]", within)) button.hidden = false;
    for (const dialog of all("dialog[data-open-now]", within)) { dialog.removeAttribute("open"); if (!dialog.open) openDialog(dialog); }
    within.querySelector("[data-focus]")?.focus({ preventScroll: within !== document });
  }

  // htmx: our token on every request; a swapped-in error summary takes the focus.
  addEventListener("htmx:configRequest", event => { event.detail.headers["X-CSRF-Token"] = csrf(); });
  addEventListener("htmx:afterSwap", event => upgrade(event.detail.target));
  // What is replaced is at rest: htmx hands the attributes of the old on, and the browser refuses a style handed on.
  addEventListener("htmx:beforeSwap", event => { for (const form of all("form[data-sent]", event.detail.target)) ready(form); });
  // What an answer brings along beside its target: toasts, told by the live region they stand in.
  addEventListener("htmx:oobAfterSwap", event => { for (const box of all("[data-toast]", event.detail.target)) toast(box); });
  for (const name of ["htmx:responseError", "htmx:sendError"]) addEventListener(name, event => {
    const form = event.target.closest("form");
    if (form) ready(form);
    announce(document.body.dataset.failed);
  });

  for (const box of all("[data-toast]")) toast(box);
  upgrade(document);
})();
