// A yes-or-no that somebody sets on many things: liked, followed. A press shows at once on every
// button of the same thing, and is taken back when the server refuses it.

import { useEffect, useSyncExternalStore } from "react";

const PATIENCE_MS = 8000; // an answer that is not here by then will not come
const REMEMBERED_MS = 30 * 60_000; // how long a sign-in may take
const stores = {};

const storeOf = (name) => (stores[name] ??= makeStore(name));

function makeStore(name) {
  const known = new Map(); // what the server said: id -> boolean
  const wanted = new Map(); // what was pressed since: id -> {value, call}
  const counts = new Map(); // id -> {n, on}: how many there were, and whether that counted us
  const watchers = new Set();
  const unasked = new Set();
  const memory = `indii.toggle.${name}`;
  let source = {};
  let call = 0;

  const tell = () => watchers.forEach((watcher) => watcher());
  const isOn = (id) => wanted.get(id)?.value ?? known.get(id) ?? false;

  const settle = (answered) => {
    for (const [id, pressed] of wanted) if (pressed.call <= answered) wanted.delete(id);
    tell();
  };

  const set = (id, value) => {
    // Larger than any before, also after a reload: the state of the tab lives on.
    const mine = (call = Math.max(Date.now(), call + 1));
    if (!source.isReady || source.isSignedIn) {
      wanted.set(id, { value, call: mine });
      setTimeout(() => wanted.get(id)?.call === mine && settle(mine), PATIENCE_MS);
      tell();
    }
    if (!source.isSignedIn) sessionStorage.setItem(memory, JSON.stringify({ id, value, at: Date.now() }));
    source.onSet?.(id, value, mine);
  };

  return {
    isOn,
    settle,
    count: (id) => {
      const base = counts.get(id);
      return base ? base.n + isOn(id) - base.on : null;
    },
    subscribe: (watcher) => (watchers.add(watcher), () => watchers.delete(watcher)),
    press: (id) => set(id, !isOn(id)),
    learnt(values) {
      for (const [id, value] of Object.entries(values)) known.set(id, value);
      tell();
    },
    counted(numbers) {
      for (const [id, n] of Object.entries(numbers)) counts.set(id, { n, on: known.get(id) ?? false });
      tell();
    },
    // The dock plays things that no list of this page shows.
    need(id) {
      if (!known.has(id)) unasked.add(id);
      this.ask();
    },
    ask() {
      if (!source.isSignedIn) return;
      for (const id of unasked) if (!known.has(id)) source.onAsk(id);
      unasked.clear();
    },
    connect(given) {
      source = given;
      this.ask();
      if (!given.isSignedIn) return;
      const pressed = JSON.parse(sessionStorage.getItem(memory));
      sessionStorage.removeItem(memory);
      if (pressed && Date.now() - pressed.at < REMEMBERED_MS) set(pressed.id, pressed.value);
    },
  };
}

// Mounted once: carries what the server says to all buttons, and what they say to the server.
export function ToggleSource({ name, values, counts, answered, isReady, isSignedIn, onSet, onAsk }) {
  const store = storeOf(name);
  useEffect(() => store.learnt(values), [values]);
  useEffect(() => store.counted(counts), [counts]);
  useEffect(() => store.settle(answered), [answered]);
  useEffect(() => store.connect({ isReady, isSignedIn, onSet, onAsk }), [isReady, isSignedIn, onSet, onAsk]);
  return null;
}

export function ToggleButton({ name, subject, title, verb, noun, path, place }) {
  const store = storeOf(name);
  const on = useSyncExternalStore(store.subscribe, () => store.isOn(subject), () => false);
  const count = useSyncExternalStore(store.subscribe, () => store.count(subject), () => null);
  useEffect(() => {
    if (place === "dock") store.need(subject);
  }, [subject]);
  const label = `${verb} ${title}`;
  const isLarge = place === "page";
  return (
    <>
      <button
        type="button"
        className={isLarge ? "btn btn-lg toggle" : "icon-btn toggle"}
        title={label}
        aria-label={label}
        aria-pressed={on}
        onClick={() => store.press(subject)}
      >
        <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
          <path d={path} />
        </svg>
        {isLarge && verb}
      </button>
      {isLarge && (
        <span className="toggle-count num">
          {count > 0 && count}
          {count > 0 && <span className="sr">{count === 1 ? ` ${noun}` : ` ${noun}s`}</span>}
        </span>
      )}
    </>
  );
}
