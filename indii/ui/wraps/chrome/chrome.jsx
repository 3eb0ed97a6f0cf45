// What stands around every page and needs the browser: manners, theme, connection.

import { useContext, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { clientStorage, ColorModeContext, EventLoopContext } from "$/utils/context";

const byId = (id) => document.getElementById(id);

// The page writes the cookies of its states, by what was known when it was built; whether it came
// over TLS is known only here. The framework looks at these options anew for each cookie it writes.
const isSecure = globalThis.location?.protocol === "https:";
Object.values(clientStorage.cookies ?? {}).forEach((cookie) => (cookie.secure = isSecure));

// ---- dialogs, menus, busy forms: one listener each, so markup alone is enough ---------------

function onClick(event) {
  const opener = event.target.closest?.("[data-open]");
  if (opener) return byId(opener.dataset.open)?.showModal();
  const dialog = event.target.closest?.("dialog");
  // A click on the dialog element itself is a click on its backdrop: the content fills it.
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
}

// What a menu may need; closer to an edge it opens to the other side.
const MENU_ROOM = 240;

function onBeforeToggle(event) {
  const menu = event.target;
  if (event.newState !== "open" || !menu.matches?.(".menu[popover]")) return;
  const box = document.querySelector(`[popovertarget="${menu.id}"]`)?.getBoundingClientRect();
  if (!box) return;
  const { clientWidth, clientHeight } = document.documentElement;
  const up = box.bottom > clientHeight * 0.6;
  const end = menu.dataset.align === "end" ? box.right > MENU_ROOM : clientWidth - box.left < MENU_ROOM;
  Object.assign(menu.style, {
    top: up ? "auto" : `${box.bottom + 6}px`,
    bottom: up ? `${clientHeight - box.top + 6}px` : "auto",
    left: end ? "auto" : `${Math.max(8, box.left)}px`,
    right: end ? `${Math.max(8, clientWidth - box.right)}px` : "auto",
  });
}

function onMenuKey(event) {
  const menu = event.target.closest?.(".menu[popover]");
  if (!menu || !/^(ArrowDown|ArrowUp|Home|End)$/.test(event.key)) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll(".menu-item")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  items.at(next % items.length)?.focus();
}

function onToggle(event) {
  if (event.newState === "open" && event.target.matches?.(".menu[popover]"))
    event.target.querySelector(".menu-item")?.focus();
}

function onMenuChoice(event) {
  if (event.target.closest?.(".menu-item")) event.target.closest(".menu").hidePopover?.();
}

function onSubmit(event) {
  const form = event.target;
  if (!form.matches("[data-native]") || event.defaultPrevented) return;
  if (form.dataset.busy) return event.preventDefault();
  form.dataset.busy = "yes";
  const button = event.submitter ?? form.querySelector("[type=submit]");
  button?.setAttribute("data-busy", "");
}

// A page that comes back from the browser's cache must not come back busy.
function onPageShow() {
  document.querySelectorAll("[data-busy]").forEach((node) => node.removeAttribute("data-busy"));
}

// What a form refused: the first of its fields gets the focus, so that it can be mended at once.
// A native form is answered by a new document, which learns of the submit from the tab's storage.
const MENDABLE_MS = 15_000;
const SUBMITTED = "submitted-at";
let submitted = null;

function noteSubmit(event) {
  submitted = event.target;
  sessionStorage.setItem(SUBMITTED, Date.now());
  // The same errors again change nothing that an observer sees.
  setTimeout(toFirstRefused, 1500);
}

function toFirstRefused() {
  if (Date.now() - sessionStorage.getItem(SUBMITTED) > MENDABLE_MS) return;
  const place = submitted?.isConnected ? submitted : document;
  const refused = place.querySelector('[aria-invalid="true"]');
  if (!refused) return;
  sessionStorage.removeItem(SUBMITTED);
  refused.focus();
}

function watchForms() {
  document.addEventListener("submit", noteSubmit, true);
  const watcher = new MutationObserver(toFirstRefused);
  watcher.observe(document.body, {
    attributes: true, attributeFilter: ["aria-invalid"], subtree: true,
  });
  return () => {
    document.removeEventListener("submit", noteSubmit, true);
    watcher.disconnect();
  };
}

function listen() {
  const listeners = [
    ["click", onClick],
    ["click", onMenuChoice],
    ["keydown", onMenuKey],
    ["submit", onSubmit],
  ];
  listeners.forEach(([name, fn]) => document.addEventListener(name, fn));
  document.addEventListener("beforetoggle", onBeforeToggle, true);
  document.addEventListener("toggle", onToggle, true);
  addEventListener("pageshow", onPageShow);
  return () => {
    listeners.forEach(([name, fn]) => document.removeEventListener(name, fn));
    document.removeEventListener("beforetoggle", onBeforeToggle, true);
    document.removeEventListener("toggle", onToggle, true);
    removeEventListener("pageshow", onPageShow);
  };
}

// ---- route changes: focus goes to the page, its title is said ---------------------------------

// A page that waits for its data has no heading yet: until somebody moves on, it gets the focus
// when it comes.
function toHeading() {
  const main = byId("main");
  const take = (node) => {
    node?.setAttribute("tabindex", "-1");
    node?.focus({ preventScroll: true });
  };
  const heading = () => main?.querySelector("h1");
  take(heading() ?? main);
  const watcher = new MutationObserver(() => {
    const { activeElement } = document;
    const waits = activeElement === main || activeElement === document.body;
    if (waits && heading()) take(heading());
    if (!waits && activeElement !== heading()) watcher.disconnect();
  });
  if (main) watcher.observe(main, { childList: true, subtree: true });
  const timer = setTimeout(() => watcher.disconnect(), 10_000);
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
}

export function Behaviour() {
  const { pathname, state } = useLocation();
  const [said, say] = useState("");
  const before = useRef(pathname);
  useEffect(listen, []);
  useEffect(watchForms, []);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    document.querySelectorAll("dialog[open]").forEach((node) => node.close());
    // The new page and its title arrive with the next paint or two.
    let stop = () => {};
    const timer = setTimeout(() => {
      const field = state?.wants === "search" && document.querySelector("[data-search]");
      if (field) field.focus({ preventScroll: true });
      else stop = toHeading();
      say(document.title);
    }, 80);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [pathname]);
  // The first element in <body> must be no <div>: hydration would take `#ssr` for it.
  return (
    <p className="sr" role="status">
      {said}
    </p>
  );
}

// ---- theme ------------------------------------------------------------------------------------

const NEXT = { dark: "light", light: "system", system: "dark" };

export function ThemeToggle({ icons, className = "icon-btn", withText = false }) {
  const { rawColorMode, setColorMode } = useContext(ColorModeContext);
  const mode = NEXT[rawColorMode] ? rawColorMode : "dark";
  const label = `Theme: ${mode}. Change to ${NEXT[mode]}`;
  return (
    <button
      type="button"
      className={className}
      aria-label={label}
      title={label}
      onClick={() => setColorMode(NEXT[mode])}
    >
      {withText ? (
        `Theme: ${mode}`
      ) : (
        <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
          <path d={icons[mode]} />
        </svg>
      )}
    </button>
  );
}

// ---- connection -------------------------------------------------------------------------------

const PATIENCE_MS = 1500;

export function ConnectionBanner() {
  const [, errors] = useContext(EventLoopContext);
  const [isShown, show] = useState(false);
  const isLost = errors.length > 0;
  useEffect(() => {
    if (!isLost) return show(false);
    const timer = setTimeout(() => show(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isLost]);
  return (
    <div role="status">
      {isShown && (
        <div className="banner">
          <span className="spinner" aria-hidden="true" />
          Reconnecting… nothing is lost
        </div>
      )}
    </div>
  );
}

// ---- the site's last word -----------------------------------------------------------------------

const GOOD_NEWS_MS = 7000;

export function Notice({ text, kind, serial, onDismiss }) {
  const isBad = kind === "error" || kind === "sign-in";
  const [isHeld, hold] = useState(false);
  useEffect(() => {
    if (!text || isBad || isHeld) return;
    const timer = setTimeout(onDismiss, GOOD_NEWS_MS);
    return () => clearTimeout(timer);
  }, [text, serial, isBad, isHeld]);
  const held = {
    onPointerEnter: () => hold(true),
    onPointerLeave: () => hold(false),
    onFocus: () => hold(true),
    onBlur: () => hold(false),
  };
  // The live region stands there before its text does, or readers miss the first message.
  return (
    <div className="notices" role="status">
      {text && (
        <div className={isBad ? "notice notice-bad" : "notice"} key={serial} {...held}>
          <div>{text}</div>
          {kind === "sign-in" && (
            <a className="btn btn-sm" href={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`}>
              Sign in
            </a>
          )}
          <button type="button" className="icon-btn icon-btn-sm" aria-label="Dismiss" onClick={onDismiss}>
            <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
              <path d="m4.5 4.5 9 9M13.5 4.5l-9 9" />
            </svg>
          </button>
        </div>
      )}
    </div>
  );
}

// ---- a page that broke ------------------------------------------------------------------------

const references = new WeakMap();

export function referenceOf(error) {
  const key = Object(error);
  if (!references.has(key)) references.set(key, Math.random().toString(36).slice(2, 8).toUpperCase());
  return references.get(key);
}

export function BrokenPage({ error }) {
  return (
    <main className="empty" id="main">
      <h1>This page stopped working</h1>
      <p>This is our fault. Your account, your uploads and your music are safe. Reload the page; if it happens again, tell us the reference.</p>
      <p className="num">Reference {referenceOf(error)}</p>
      <button type="button" className="btn btn-go" onClick={() => location.reload()}>
        Reload the page
      </button>
      <a className="btn btn-plain" href="/">
        Go to the home page
      </a>
    </main>
  );
}
