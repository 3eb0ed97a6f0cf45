import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { seek } from "./engine.js";
import * as store from "./store.js";

const STEP = 4; // px per bar, 2.6 of them painted

export function clockText(seconds) {
  const s = Math.max(0, Math.floor(seconds || 0));
  const tail = `${Math.floor(s / 60) % 60}:${String(s % 60).padStart(2, "0")}`;
  return s < 3600 ? tail : `${Math.floor(s / 3600)}:${tail.padStart(5, "0")}`;
}

export const useClock = () =>
  useSyncExternalStore(store.subscribeClock, store.getClock, () => store.still);

const cache = new Map();

// `peaks` is an address or the bytes themselves in base64.
function load(peaks) {
  if (!peaks) return Promise.resolve(null);
  if (!cache.has(peaks)) {
    const bytes =
      peaks.length > 400
        ? Promise.resolve(Uint8Array.from(atob(peaks), (c) => c.charCodeAt(0)))
        : fetch(peaks).then(async (r) => (r.ok ? new Uint8Array(await r.arrayBuffer()) : null));
    cache.set(peaks, bytes.catch(() => (cache.delete(peaks), null)));
  }
  return cache.get(peaks);
}

// A bar is the mean of its peaks, the tallest as tall as the loudest: as `wave_path` draws rows.
function bars(peaks, count, height) {
  const means = Array.from({ length: count }, (_, i) => {
    if (!peaks) return 0;
    const from = Math.floor((i * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * peaks.length) / count));
    return peaks.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
  const scale = peaks ? Math.max(...peaks) / Math.max(1, ...means) / 255 : 0;
  let d = "";
  for (let i = 0; i < count; i++) {
    const h = Math.min(1, Math.max(0.04, means[i] * scale)) * (height - 3);
    d += `M${i * STEP + 2} ${((height - h) / 2).toFixed(1)}v${h.toFixed(1)}`;
  }
  return d;
}

/** The recording's own shape, and a slider over its time. */
export function Wave({ item, height }) {
  const { time, duration } = useClock();
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  const [peaks, setPeaks] = useState(null);
  const [hover, setHover] = useState(null);
  const [drag, setDrag] = useState(null);
  const end = duration || item.duration || 0;

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    let wanted = true;
    setPeaks(null);
    load(item.peaks).then((bytes) => wanted && setPeaks(bytes));
    return () => (wanted = false);
  }, [item.peaks]);

  const path = useMemo(() => bars(peaks, Math.floor(width / STEP), height), [peaks, width, height]);
  const ratio = (event) => {
    const { left, width } = box.current.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - left) / width));
  };
  const keys = (event) => {
    const to = {
      ArrowLeft: time - 5,
      ArrowDown: time - 5,
      ArrowRight: time + 5,
      ArrowUp: time + 5,
      PageDown: time - 30,
      PageUp: time + 30,
      Home: 0,
      End: end,
    }[event.key];
    if (to === undefined || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    seek(to);
  };
  const played = drag ?? (end ? time / end : 0);
  return (
    <div
      ref={box}
      className="player-wave"
      role="slider"
      tabIndex={0}
      aria-label="Seek"
      aria-valuemin={0}
      aria-valuemax={Math.round(end)}
      aria-valuenow={Math.floor(time)}
      aria-valuetext={`${clockText(time)} of ${clockText(end)}`}
      style={{ height, "--played": played, "--hover": hover ?? 0 }}
      onKeyDown={keys}
      onPointerDown={(e) => {
        if (e.button) return;
        e.currentTarget.setPointerCapture(e.pointerId);
        setDrag(ratio(e));
      }}
      onPointerMove={(e) => {
        setHover(ratio(e));
        if (drag !== null) setDrag(ratio(e));
      }}
      onPointerUp={(e) => {
        if (drag !== null) seek(ratio(e) * end);
        setDrag(null);
      }}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => setHover(null)}
    >
      {["", "hovered", "played"].map((layer) => (
        <svg key={layer} aria-hidden="true" className={layer} width="100%" height={height}>
          <path d={path} />
        </svg>
      ))}
      {hover !== null && <span className="player-hover" aria-hidden="true">{clockText(hover * end)}</span>}
    </div>
  );
}

export function Elapsed() {
  return <span className="player-time">{clockText(useClock().time)}</span>;
}

export function Total({ item }) {
  return <span className="player-time">{clockText(useClock().duration || item.duration)}</span>;
}
