// Two native sliders on one track: keyboard and screen readers for free, thumbs that cannot cross.

import { useState } from "react";

export function RangeInput({ name, label, lo, hi, fromValue: from, toValue: to, step = 1, unit = "", onCommit }) {
  const [ends, setEnds] = useState([from, to]);
  const [given, setGiven] = useState([from, to]);
  // While drawing, not after it: no frame shows thumbs where they were before.
  if (given[0] !== from || given[1] !== to) {
    setGiven([from, to]);
    setEnds([from, to]);
  }
  const [low, high] = ends;
  const share = (value) => (value - lo) / (hi - lo);
  const move = (end) => (event) => {
    const value = Number(event.target.value);
    setEnds(end ? [low, Math.max(value, low)] : [Math.min(value, high), high]);
  };
  const commit = () => (low !== from || high !== to) && onCommit?.(low, high);
  const input = (end, text) => (
    <input
      type="range"
      min={lo}
      max={hi}
      step={step}
      value={ends[end]}
      name={name && `${name}_${end ? "max" : "min"}`}
      aria-label={`${label}, ${text}`}
      aria-valuetext={`${ends[end]} ${unit}`}
      // The thumbs may meet at the far end: the one that can still move lies on top.
      style={{ zIndex: end ? 1 : low > (lo + hi) / 2 ? 2 : 1 }}
      onChange={move(end)}
      onPointerUp={commit}
      onKeyUp={commit}
      onBlur={commit}
    />
  );
  return (
    <>
      <div className="range" style={{ "--lo": share(low), "--hi": share(high) }}>
        {input(0, "from")}
        {input(1, "to")}
      </div>
      <div className="range-ends num" aria-hidden="true">
        <span>{low}</span>
        <span>{unit}</span>
        <span>{high}</span>
      </div>
    </>
  );
}
