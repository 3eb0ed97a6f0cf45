// What is written to localStorage and read back after a document load. Pure, and distrustful:
// whatever lies there may be old, cut off, or somebody's experiment.

import { REPEATS } from "./queue.js";

const KEPT = 200; // most queue items worth writing

export function pack({ items, index, shuffle, repeat, volume, muted }, time) {
  const from = Math.max(0, index - KEPT / 2);
  const kept = items
    .slice(from, from + KEPT)
    // Inline peaks are a kilobyte each; the current recording's are worth keeping.
    .map((p, i) => (p.peaks?.length > 400 && from + i !== index ? { ...p, peaks: "" } : p));
  return JSON.stringify({ items: kept, index: index - from, time, shuffle, repeat, volume, muted });
}

export function unpack(text) {
  let kept;
  try {
    kept = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(kept?.items)) return null;
  const items = kept.items.filter((p) => p?.id && p.src);
  const known = Boolean(items[kept.index]);
  const { volume } = kept;
  const state = {
    items,
    index: known ? kept.index : items.length ? 0 : -1,
    shuffle: kept.shuffle === true,
    repeat: REPEATS.includes(kept.repeat) ? kept.repeat : "off",
    muted: kept.muted === true,
  };
  if (volume >= 0 && volume <= 1) state.volume = volume;
  return { state, time: known && kept.time > 0 ? kept.time : 0 };
}
