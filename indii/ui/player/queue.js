// Pure queue arithmetic: no DOM, no audio, so it can be tested by itself.
// A queue is {items, index}; every item carries `n`, its place in the order it was queued in,
// which is what turning shuffle off goes back to.

export const REPEATS = ["off", "all", "one"];

/** Number the playables from `start`, dropping repeats of the same recording. */
export function enqueue(playables, start = 0) {
  const seen = new Set();
  return playables
    .filter((p) => p && p.id && p.src && !seen.has(p.id) && seen.add(p.id))
    .map((p, i) => ({ ...p, n: start + i }));
}

/** Index reached by `step` from `index`, or -1 where the queue ends. `barred` are ids to pass by. */
export function reach({ items, index }, step, wraps, barred = new Set()) {
  for (let k = 1; k <= items.length; k++) {
    let at = index + step * k;
    if (at < 0 || at >= items.length) {
      if (!wraps) return -1;
      at = ((at % items.length) + items.length) % items.length;
    }
    if (!barred.has(items[at].id)) return at;
  }
  return -1;
}

/** Move one item; the index keeps pointing at the same recording. */
export function moved({ items, index }, from, to) {
  if (from === to || !items[from] || !items[to]) return { items, index };
  const next = [...items];
  const current = next[index];
  next.splice(to, 0, ...next.splice(from, 1));
  return { items: next, index: next.indexOf(current) };
}

/** Remove one item; removing the current one points at what follows (or the new last). */
export function removed({ items, index }, at) {
  const next = items.filter((_, i) => i !== at);
  const shift = at < index ? index - 1 : index;
  return { items: next, index: Math.min(shift, next.length - 1) };
}

/** The current recording first, the rest in random order. */
export function shuffled({ items, index }, random = Math.random) {
  const rest = items.filter((_, i) => i !== index);
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rest[i], rest[j]] = [rest[j], rest[i]];
  }
  const head = items[index] ? [items[index]] : [];
  return { items: [...head, ...rest], index: head.length - 1 };
}

/** Back to the order it was queued in. */
export function ordered({ items, index }) {
  const next = [...items].sort((a, b) => a.n - b.n);
  return { items: next, index: next.indexOf(items[index]) };
}
