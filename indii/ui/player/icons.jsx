// Inline icons on an 18 grid; stroked unless filled. Decoration only: buttons carry the name.

const PATHS = {
  play: "M5 2.6v12.8L15.4 9z",
  pause: "M4 2.5h3.6v13H4zM10.4 2.5H14v13h-3.6z",
  previous: "M14.5 3.5v11L7 9zM4.5 3.5v11",
  next: "M3.5 3.5v11L11 9zM13.5 3.5v11",
  shuffle: "M2 5h2.5c4.5 0 4.5 8 9 8H16M2 13h2.5c1.5 0 2.5-.9 3.3-2M10.2 7c.8-1.1 1.8-2 3.3-2H16M14 3l2 2-2 2M14 11l2 2-2 2",
  repeat: "M4 8V6.5A2.5 2.5 0 0 1 6.5 4H15M13 2l2 2-2 2M14 10v1.5a2.5 2.5 0 0 1-2.5 2.5H3M5 16l-2-2 2-2",
  queue: "M3 5h9M3 9h9M3 13h5M14 9v6l3-3z",
  loud: "M3 7v4h3l4 3V4L6 7zM13 6.5a4 4 0 0 1 0 5",
  mute: "M3 7v4h3l4 3V4L6 7zM13 7l4 4M17 7l-4 4",
  up: "M4 11l5-5 5 5",
  down: "M4 7l5 5 5-5",
  close: "M5 5l8 8M13 5l-8 8",
  grip: "M6 6h6M6 9h6M6 12h6",
};
const FILLED = new Set(["play", "pause"]);

export function Icon({ name, size = 18 }) {
  return (
    <svg
      aria-hidden="true"
      className={FILLED.has(name) ? "player-ico solid" : "player-ico"}
      viewBox="0 0 18 18"
      width={size}
      height={size}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
