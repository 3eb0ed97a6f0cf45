// What the player knows, and who wants to hear of it. Two channels: the state changes now and
// then, the clock four times a second.

export const blank = {
  items: [],
  index: -1,
  playing: false, // what the listener wants; the element may still be loading
  waiting: false,
  shuffle: false,
  repeat: "off",
  volume: 0.8,
  muted: false,
  notice: "",
  said: "", // what the live region announces
};
export const still = { time: 0, duration: 0 };

export let state = blank;
export let clock = still;
let told = blank;
const watchers = new Set();
const timers = new Set();

export const getState = () => state;
export const getClock = () => clock;
export const current = () => state.items[state.index];
export const subscribe = (f) => (watchers.add(f), () => watchers.delete(f));
export const subscribeClock = (f) => (timers.add(f), () => timers.delete(f));

/** Change without a word; the next `set` tells of both. */
export function hold(patch) {
  state = { ...state, ...patch };
}

// Watchers compare with what they were last told, so a silent step in between is not lost.
export function set(patch) {
  const before = told;
  hold(patch);
  told = state;
  watchers.forEach((f) => f(state, before));
}

export function setClock(time, duration = clock.duration) {
  clock = { time, duration };
  timers.forEach((f) => f(clock));
}

/** Tell the page: `indii:playing`, `indii:paused`, `indii:progress` with {id, time, duration}. */
export function emit(name) {
  const item = current();
  if (item) dispatchEvent(new CustomEvent(`indii:${name}`, { detail: { id: item.id, ...clock } }));
}
