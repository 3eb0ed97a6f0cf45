// The lock screen, headset buttons and media keys.

const session = typeof navigator === "undefined" ? null : navigator.mediaSession;

export function position({ time, duration }) {
  if (!(duration > 0)) return;
  session?.setPositionState?.({ duration, playbackRate: 1, position: Math.min(time, duration) });
}

export function announce(item, playing) {
  if (!session) return;
  session.playbackState = item ? (playing ? "playing" : "paused") : "none";
  const { title, artist } = session.metadata || {};
  if (title === item?.title && artist === item?.producer) return;
  session.metadata = item
    ? new MediaMetadata({
        title: item.title,
        artist: item.producer,
        artwork: item.cover ? [{ src: new URL(item.cover, location.href).href }] : [],
      })
    : null;
}

export function listen({ play, pause, previous, next, seek, skip }) {
  const actions = {
    play,
    pause,
    stop: pause,
    previoustrack: previous,
    nexttrack: next,
    seekto: (d) => seek(d.seekTime),
    seekbackward: (d) => skip(-(d.seekOffset || 10)),
    seekforward: (d) => skip(d.seekOffset || 10),
  };
  for (const [name, does] of Object.entries(actions)) {
    try {
      session?.setActionHandler(name, (details) => does(details));
    } catch {
      // An action this browser has not heard of.
    }
  }
}
