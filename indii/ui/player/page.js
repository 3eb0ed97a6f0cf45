// What the player does to the rest of the page: listens to play buttons and keys, marks
// what is playing, lends the page its colours, and answers tests and visualisers.

import { readablePair } from "./colors.js";
import { clock, current, state, subscribe, subscribeClock } from "./store.js";

const TYPING = "input:not([type=range],[type=checkbox],[type=radio]),textarea,select,[contenteditable]:not([contenteditable=false]),[role=textbox],[role=combobox]";
const OWN_KEYS = "[role=slider],[role=listbox],[role=menu],[role=tablist],[role=radiogroup],[role=grid],[role=tree],input";
const PRESSED = "button,summary,label,input,[role=button],[role=switch],[role=checkbox],[role=tab],[role=option],[role=menuitem],[role=radio]";
const MODAL = "dialog:modal:not(.player-sheet),[aria-modal=true]";

export const keysOff = () => localStorage.getItem("indii.keys") === "off";

export function install(player, audio) {
  window.indii = Object.assign(window.indii || {}, {
    analyse: () => import("./analyse.js").then((m) => m.analyse(audio)),
    player: {
      ...player,
      element: audio,
      get queue() {
        return state.items;
      },
      get index() {
        return state.index;
      },
      get state() {
        return { ...state, ...clock };
      },
    },
  });

  // ---- play buttons --------------------------------------------------------------------
  const read = (node) => JSON.parse(node.dataset.play || node.dataset.seek);
  const queueOf = (node) => {
    const box = node.closest("[data-queue]");
    const nodes = box ? [...box.querySelectorAll("[data-play]")] : [];
    const playables = nodes.map(read);
    const own = read(node);
    const at = playables.findIndex((p) => p.id === own.id);
    return at < 0 ? [[own], 0] : [playables, at];
  };
  // Capturing, so that a button inside a link plays instead of leaving the page.
  document.addEventListener(
    "click",
    (event) => {
      const node = event.target.closest?.("[data-play],[data-seek]");
      if (!node) return;
      event.preventDefault();
      event.stopPropagation();
      const own = read(node);
      const same = current()?.id === own.id;
      if (node.matches("[data-play]")) return same ? player.toggle() : player.play(...queueOf(node));
      const box = node.getBoundingClientRect();
      const ratio = (event.clientX - box.left) / box.width;
      if (!same) return player.play(...queueOf(node), ratio * own.duration);
      player.seek(ratio * (clock.duration || own.duration));
      player.start();
    },
    true,
  );
  addEventListener("indii:play", ({ detail }) => player.play(detail.queue, detail.index || 0, detail.at));
  addEventListener("indii:enqueue", ({ detail }) => player.add(detail.queue));

  // ---- keys ----------------------------------------------------------------------------
  addEventListener("keydown", (event) => {
    const { key, shiftKey, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!current() || keysOff() || target.closest?.(`${TYPING},${MODAL}`)) return;
    const arrow = key.startsWith("Arrow");
    if (arrow && target.closest?.(OWN_KEYS) && !(shiftKey && target.closest(".player-wave"))) return;
    if (key === " " && (target.closest?.(PRESSED) || shiftKey)) return;
    const action = {
      " ": player.toggle,
      k: player.toggle,
      j: () => player.skip(-10),
      l: () => player.skip(10),
      m: player.toggleMute,
      arrowleft: () => (shiftKey ? player.previous() : player.skip(-5)),
      arrowright: () => (shiftKey ? player.next() : player.skip(5)),
    }[key.toLowerCase()];
    if (!action || (shiftKey && !arrow)) return;
    event.preventDefault();
    if (!event.repeat || /^(j|l|arrow)/i.test(key)) action();
  });

  // ---- marks ---------------------------------------------------------------------------
  const label = (node, playing) => {
    const button = node.matches("[data-play]") ? node : node.querySelector("[data-play]");
    if (!button) return;
    const verb = playing ? "Pause" : "Play";
    const said = button.getAttribute("aria-label");
    if (said) button.setAttribute("aria-label", said.replace(/^(Play|Pause)\b/, verb));
    // What is read must be what is said, also on a button with a word on it.
    for (const part of [...button.childNodes].flatMap((n) => [n, ...n.childNodes])) {
      if (/^(Play|Pause)$/.test(part.data)) part.data = verb;
    }
  };
  const played = (node) => {
    const { time, duration } = clock;
    node.style.setProperty("--played", duration ? (time / duration).toFixed(4) : "0");
  };
  let marked = [];
  const mark = () => {
    const id = current()?.id;
    const { playing } = state;
    document.querySelectorAll("[data-current]").forEach((node) => {
      if (node.dataset.recording === id) return;
      node.removeAttribute("data-current");
      node.removeAttribute("data-playing");
      node.style.removeProperty("--played");
      label(node, false);
    });
    marked = id ? [...document.querySelectorAll(`[data-recording="${CSS.escape(id)}"]`)] : [];
    marked.forEach((node) => {
      node.setAttribute("data-current", "");
      node.toggleAttribute("data-playing", playing);
      label(node, playing);
      played(node);
    });
  };
  let due = 0;
  const soon = () => (due ||= requestAnimationFrame(() => ((due = 0), mark())));
  new MutationObserver(soon).observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-recording"],
  });
  subscribeClock(() => marked.forEach(played));

  // ---- colours -------------------------------------------------------------------------
  const root = document.documentElement;
  const paint = () => {
    const colors = current()?.colors;
    const theme = root.classList.contains("light") ? "light" : "dark";
    const pair = colors?.every((c) => /^#[0-9a-f]{6}$/i.test(c)) ? readablePair(...colors, theme) : [];
    ["--c1", "--c2"].forEach((name, i) =>
      pair[i] ? root.style.setProperty(name, pair[i]) : root.style.removeProperty(name),
    );
  };
  new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ["class"] });

  subscribe((now, before) => {
    if (now.items[now.index] !== before.items[before.index] || now.playing !== before.playing) soon();
    if (now.items[now.index]?.id !== before.items[before.index]?.id) paint();
  });
  mark();
  paint();

  // A press that came before us, on a button that may be gone by now.
  const pressed = window.indiiPressed;
  delete window.indiiPressed;
  if (pressed) player.play(...queueOf(pressed));
}
