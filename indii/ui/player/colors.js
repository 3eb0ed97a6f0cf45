// A recording's two colours, made safe for the page. Mirrors `readable_pair` in
// indii/kernel/colors.py: c1 lies behind muted text, c2 is drawn on the surface; both >= 4.5:1.

const GROUND = {
  dark: { muted: [165, 161, 160], surface: [21, 21, 24], away: 0, toward: 255 },
  light: { muted: [93, 88, 80], surface: [255, 253, 248], away: 255, toward: 0 },
};
const FLOOR = 4.5;
const STEPS = 40;

const parse = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const format = (rgb) => "#" + rgb.map((v) => v.toString(16).padStart(2, "0")).join("");

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

// Mixing toward black or white in small steps keeps the hue and stops at the first that reads.
// In the server's order of operations, or a half would round elsewhere.
function pushed(rgb, end, against) {
  for (let k = 0; k <= STEPS; k++) {
    const mixed = rgb.map((v) => Math.floor(v + (end - v) * (k / STEPS) + 0.5));
    if (contrast(mixed, against) >= FLOOR) return format(mixed);
  }
  return format([end, end, end]);
}

export function readablePair(c1, c2, theme) {
  const ground = GROUND[theme];
  return [
    pushed(parse(c1), ground.away, ground.muted),
    pushed(parse(c2), ground.toward, ground.surface),
  ];
}
