// Counts a play once it was really heard: media time that passed no faster than the clock on
// the wall, aloud. A seek forward, a muted tab or a scripted currentTime adds nothing.

const HEARD_S = 30;

let url = "/api/plays";
let heard = 0;
let counted = false;
let last = null; // [media time, wall time] when we last looked

const now = (audio) => [audio.currentTime, performance.now() / 1000];

export const report = (to) => (url = to || url);
export const still = () => (last = null);
export const moving = (audio) => (last = now(audio));

export function restart() {
  heard = 0;
  counted = false;
  last = null;
}

export function tick(audio, id, aloud) {
  const seen = now(audio);
  if (last && aloud && !audio.seeking) {
    const passed = seen[0] - last[0];
    if (passed > 0) heard += Math.min(passed, seen[1] - last[1] + 0.05);
  }
  last = seen;
  if (counted || heard < HEARD_S || !id) return;
  counted = true;
  fetch(url, {
    method: "POST",
    keepalive: true,
    headers: { "content-type": "application/json", "X-Indii": "1" },
    body: JSON.stringify({ id }),
  }).catch(() => {
    // Only the network failing brings us here: earn the play again rather than lose it.
    counted = false;
    heard = 0;
  });
}
