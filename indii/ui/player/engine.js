// The one player of a document. It lives outside React, so no navigation, remount or
// error boundary can take the sound away; dock.jsx is only a picture of what it says.

import * as heard from "./heard.js";
import { pack, unpack } from "./memory.js";
import { install } from "./page.js";
import * as prefetch from "./prefetch.js";
import { REPEATS, enqueue, moved, ordered, reach, removed, shuffled } from "./queue.js";
import * as session from "./session.js";
import { clock, current, emit, hold, set, setClock, state, subscribe } from "./store.js";

const KEY = "indii.player";
const STALL_MS = 8000; // silence that long while playing means the connection is gone
const TRIES = 3;

const browser = typeof window !== "undefined";
export const audio = browser ? new Audio() : null;

let attached = null; // the item whose file the element holds
let tries = 0;
const failed = new Set();
let stall, retry, saver, hush;
let resumeAt = 0;
let dirty = false;
let mine = true; // another tab that plays also owns the memory

export function notify(text) {
  clearTimeout(hush);
  set({ notice: text });
  hush = setTimeout(() => set({ notice: "" }), 8000);
}

export const say = (said) => set({ said });

// Squared, because loudness is heard roughly that way; `gain` (dB) is the recording's own
// normalisation, which can only turn down: a media element has no headroom above 1.
function level() {
  if (!audio) return;
  const gain = 10 ** ((current()?.gain || 0) / 20);
  audio.volume = Math.min(1, state.volume ** 2 * gain);
  audio.muted = state.muted;
}

// ---- loading ---------------------------------------------------------------------------

function attach(at) {
  const item = current();
  clearTimeout(retry);
  heard.still();
  attached = item;
  resumeAt = at;
  audio.src = item.src;
  if (at) audio.currentTime = at;
}

// Another recording is current now; nothing of the last one may leak into it.
function enter(at, going) {
  const item = current();
  heard.restart();
  tries = 0;
  attached = null;
  clearTimeout(retry);
  if (!going) audio.pause();
  setClock(at, item.duration || 0);
  level();
  set({ playing: going, waiting: false, said: `${item.title} by ${item.producer}` });
  if (going) start();
}

export function start() {
  const item = current();
  if (!item) return;
  if (attached?.id !== item.id || audio.error) attach(clock.time);
  mine = true;
  set({ playing: true });
  watch();
  audio.play().catch((error) => {
    // Autoplay refused: the browser wants a gesture, so show the play button again.
    if (error.name === "NotAllowedError") set({ playing: false });
  });
}

/** Play the recording at `index`; by wish of the listener unless told otherwise. */
export function go(index, { wanted = true } = {}) {
  if (!state.items[index]) return;
  if (wanted) failed.clear();
  dirty = true;
  hold({ index });
  enter(0, true);
}

/** Replace the queue; a recording that is already loaded goes on where it is. */
export function play(playables, index = 0, at) {
  const wanted = playables[index];
  let next = { items: enqueue(playables) };
  next.index = next.items.findIndex((p) => p.id === wanted?.id);
  if (next.index < 0) return;
  if (state.shuffle) next = shuffled(next);
  const same = current()?.id === wanted.id;
  failed.clear();
  dirty = true;
  hold(next);
  if (!same) return enter(at || 0, true);
  if (at !== undefined) seek(at);
  start();
}

export function add(playables) {
  const known = new Set(state.items.map((p) => p.id));
  const top = Math.max(-1, ...state.items.map((p) => p.n)) + 1;
  const more = enqueue(playables.filter((p) => !known.has(p.id)), top);
  const first = state.index < 0 && more.length;
  dirty = true;
  set({ items: [...state.items, ...more], index: first ? 0 : state.index });
  if (first) enter(0, false);
}

// ---- controls --------------------------------------------------------------------------

export function pause() {
  set({ playing: false, waiting: false });
  clearTimeout(stall);
  clearTimeout(retry);
  audio.pause();
}

export const toggle = () => (state.playing ? pause() : start());

export function seek(time) {
  const item = current();
  if (!item) return;
  const end = clock.duration || item.duration || 0;
  const at = Math.max(0, Math.min(time, end ? end - 0.05 : time));
  dirty = true;
  heard.still();
  setClock(at);
  if (attached) {
    resumeAt = at;
    audio.currentTime = at;
  }
  emit("progress");
  session.position(clock);
  save();
}

export const skip = (seconds) => seek(clock.time + seconds);
const wraps = () => state.repeat === "all";

export function next() {
  const at = reach(state, 1, wraps());
  if (at >= 0) go(at);
}

export function previous() {
  const at = reach(state, -1, wraps());
  if (clock.time > 3 || at < 0) seek(0);
  else go(at);
}

export function setVolume(volume) {
  dirty = true;
  set({ volume: Math.max(0, Math.min(1, volume)), muted: false });
}

export function toggleMute() {
  dirty = true;
  set({ muted: !state.muted });
}

export function toggleShuffle() {
  dirty = true;
  const shuffle = !state.shuffle;
  set({ shuffle, ...(shuffle ? shuffled(state) : ordered(state)) });
}

export function cycleRepeat() {
  dirty = true;
  set({ repeat: REPEATS[(REPEATS.indexOf(state.repeat) + 1) % 3] });
}

export function move(from, to) {
  dirty = true;
  const next = moved(state, from, to);
  // By hand is an order of its own; only a shuffled queue remembers another one.
  if (!state.shuffle) next.items = next.items.map((p, n) => ({ ...p, n }));
  set(next);
}

export function remove(at) {
  const was = state.index;
  const next = removed(state, at);
  dirty = true;
  if (!next.items.length) return clear();
  if (at !== was) return set(next);
  hold(next);
  enter(0, state.playing);
}

export function clear() {
  pause();
  attached = null;
  audio.removeAttribute("src");
  audio.load();
  dirty = true;
  setClock(0, 0);
  set({ items: [], index: -1, notice: "", said: "" });
}

// ---- what the element reports ----------------------------------------------------------

function watch() {
  clearTimeout(stall);
  if (state.playing) stall = setTimeout(recover, STALL_MS);
}

function recover() {
  if (!state.playing) return;
  if (tries >= TRIES) {
    pause();
    attached = null;
    return notify("The connection dropped. Press play to try again.");
  }
  tries += 1;
  attach(clock.time);
  start();
}

function broken() {
  const item = current();
  const code = audio.error?.code;
  if (!item || !attached || code === MediaError.MEDIA_ERR_ABORTED) return;
  clearTimeout(stall);
  if (!state.playing) return void (attached = null);
  if (!navigator.onLine) {
    set({ waiting: true });
    return notify("You are offline. Playing goes on when the connection is back.");
  }
  // A file that cannot be decoded stays broken; a refused request may be one bad answer.
  const limit = { 2: TRIES, 3: 0, 4: 1 }[code] ?? 1;
  if (tries < limit) {
    set({ waiting: true });
    retry = setTimeout(() => (attach(clock.time), start()), 700 * 2 ** tries++);
    return;
  }
  failed.add(item.id);
  const at = reach(state, 1, wraps(), failed);
  if (at < 0) {
    pause();
    attached = null;
    return notify(`Could not play ${item.title}. There is nothing left to play.`);
  }
  notify(`Could not play ${item.title}, skipped`);
  go(at, { wanted: false });
}

function count() {
  heard.tick(audio, current()?.id, !state.muted && state.volume > 0);
}

function ended() {
  count();
  const at = state.repeat === "one" ? state.index : reach(state, 1, wraps());
  if (at === state.index) {
    seek(0);
    start();
  } else if (at >= 0) {
    go(at, { wanted: false });
  } else {
    pause();
    seek(0);
    emit("paused"); // the element's own came while it was at the end
  }
}

// A stream without a length says Infinity; what the recording says is better.
const length = () => (Number.isFinite(audio.duration) ? audio.duration : clock.duration);

function progressed() {
  if (!attached || audio.seeking || audio.readyState < 1) return;
  const time = audio.currentTime;
  count();
  if (time > clock.time + 0.01) {
    if (time > resumeAt + 1) tries = 0;
    if (state.waiting) set({ waiting: false });
    watch();
  }
  setClock(time, length());
  emit("progress");
  if (state.repeat !== "one") prefetch.soon(clock, state.items[reach(state, 1, wraps(), failed)]);
  saver ??= setTimeout(write, 4000);
}

const listeners = {
  timeupdate: progressed,
  ended,
  error: broken,
  loadedmetadata() {
    if (resumeAt && Math.abs(audio.currentTime - resumeAt) > 1) audio.currentTime = resumeAt;
    setClock(clock.time, length());
    session.position(clock);
  },
  playing() {
    heard.moving(audio);
    failed.clear();
    set({ playing: true, waiting: false });
    prefetch.done(current());
    watch();
    emit("playing");
    session.position(clock);
  },
  waiting: () => state.playing && set({ waiting: true }),
  pause() {
    heard.still();
    // Ours has said so already; this is the lock screen, a headset or the system.
    if (state.playing && attached && audio.paused && !audio.ended && !audio.error) set({ playing: false });
    clearTimeout(stall);
    if (!audio.ended) emit("paused");
    write();
  },
  seeked: () => heard.moving(audio),
};

// ---- memory ----------------------------------------------------------------------------

function save() {
  if (!dirty && !state.playing) return;
  clearTimeout(saver);
  saver = setTimeout(write, 300);
}

function write() {
  clearTimeout(saver);
  saver = null;
  if (!mine || (!dirty && !attached)) return;
  try {
    localStorage.setItem(KEY, pack(state, clock.time));
  } catch {
    // Storage full or forbidden: the player works, it only forgets.
  }
}

function restore() {
  const memory = state.items.length ? null : unpack(localStorage.getItem(KEY));
  if (!memory) return;
  set(memory.state);
  setClock(memory.time, current()?.duration || 0);
}

// ---- beginning -------------------------------------------------------------------------

let mounted = false;

/** Called by the dock once React has taken over the document. */
export function mount(given) {
  heard.report(given.playsUrl);
  if (mounted) return;
  mounted = true;
  audio.preload = "auto";
  audio.setAttribute("data-indii", "");
  document.body.append(audio);
  restore();
  level();
  const verbs = { play, add, start, pause, toggle, seek, skip, next, previous, toggleMute, clear };
  install(verbs, audio);
  session.announce(current(), false);
}

function reconnected() {
  if (!state.playing || !(state.waiting || audio.error)) return;
  tries = 0;
  attach(clock.time);
  start();
}

if (browser) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("indii.player") : null;
  if (channel) {
    channel.onmessage = () => {
      mine = false;
      if (state.playing) pause();
    };
  }
  for (const [name, f] of Object.entries(listeners)) audio.addEventListener(name, f);
  subscribe((now, before) => {
    if (now.volume !== before.volume || now.muted !== before.muted) level();
    save();
    session.announce(current(), now.playing);
    if (now.playing && !before.playing) channel?.postMessage("mine");
  });
  session.listen({ play: start, pause, previous, next, seek, skip });
  addEventListener("pagehide", write);
  addEventListener("online", reconnected);
}
