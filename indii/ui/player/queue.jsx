import { useEffect, useRef, useState } from "react";

const ROW = 56; // px, as in player.css

// Loaded when first opened. It is handed what it shares with the dock instead of importing it:
// a shared import would cut the dock into two chunks, which cost more than this one saves.
export default function Queue({ keys, ...shared }) {
  return (
    <>
      <QueueList {...shared} scrolls={keys} />
      {keys && <KeysSwitch keysOff={shared.keysOff} />}
    </>
  );
}

function QueueList({ state, engine, Icon, scrolls }) {
  const { items, index } = state;
  const [drag, setDrag] = useState(null); // {from, to, y, dy}
  const list = useRef(null);
  // In the panel; the sheet shows the current recording itself, larger.
  useEffect(() => {
    if (scrolls) list.current.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, []);
  const step = (from, to) => {
    engine.move(from, to);
    engine.say(`${items[from].title} is now number ${to + 1} of ${items.length}`);
  };
  // The pressed button leaves with its row: the keyboard goes on at the same place of the list.
  const vacated = useRef(-1);
  useEffect(() => {
    if (vacated.current < 0) return;
    const rows = list.current.children;
    rows[Math.min(vacated.current, rows.length - 1)]?.lastElementChild.focus();
    vacated.current = -1;
  }, [items.length]);
  const remove = (i) => {
    vacated.current = i;
    engine.remove(i);
  };
  // Rows slide by transform while dragged and change places only when dropped, so the
  // dragged element is never taken out of the document and keeps its pointer.
  const grip = (from) => ({
    onPointerDown: (e) => {
      e.currentTarget.setPointerCapture(e.pointerId);
      setDrag({ from, to: from, y: e.clientY, dy: 0 });
    },
    onPointerMove: (e) => {
      if (!drag) return;
      const dy = Math.max(-drag.from * ROW, Math.min((items.length - 1 - drag.from) * ROW, e.clientY - drag.y));
      setDrag({ ...drag, dy, to: drag.from + Math.round(dy / ROW) });
    },
    onPointerUp: () => {
      if (drag && drag.to !== drag.from) step(drag.from, drag.to);
      setDrag(null);
    },
    onPointerCancel: () => setDrag(null),
  });
  const shift = (i) => {
    if (!drag) return undefined;
    if (i === drag.from) return { transform: `translateY(${drag.dy}px)`, zIndex: 1 };
    const { from, to } = drag;
    const by = from < i && i <= to ? -1 : to <= i && i < from ? 1 : 0;
    return { transform: `translateY(${by * ROW}px)`, transition: "transform 140ms" };
  };
  return (
    <ol className="player-list" ref={list}>
      {items.map((item, i) => (
        <li key={item.id} aria-current={i === index || undefined} style={shift(i)}>
          <span className="player-grip" aria-hidden="true" {...grip(i)}>
            <Icon name="grip" />
          </span>
          <button className="player-jump" onClick={() => engine.go(i)}>
            {item.cover ? <img src={item.cover} alt="" width="36" height="36" loading="lazy" /> : <i />}
            <span>
              <b>{item.title}</b>
              <span>{item.producer}</span>
            </span>
          </button>
          <Small Icon={Icon} name="up" label={`Move ${item.title} up`} disabled={!i} onClick={() => step(i, i - 1)} />
          <Small
            Icon={Icon}
            name="down"
            label={`Move ${item.title} down`}
            disabled={i === items.length - 1}
            onClick={() => step(i, i + 1)}
          />
          <Small Icon={Icon} name="close" label={`Remove ${item.title}`} onClick={() => remove(i)} />
        </li>
      ))}
    </ol>
  );
}

function Small({ Icon, name, label, ...rest }) {
  return (
    <button className="player-small" aria-label={label} title={label} {...rest}>
      <Icon name={name} size={16} />
    </button>
  );
}

/** Single keys can be turned off: someone who speaks or scans types letters by accident. */
function KeysSwitch({ keysOff }) {
  const [off, setOff] = useState(keysOff);
  const change = () => {
    localStorage.setItem("indii.keys", off ? "on" : "off");
    setOff(!off);
  };
  return (
    <label className="player-keys">
      <input type="checkbox" checked={!off} onChange={change} />
      Keyboard shortcuts
    </label>
  );
}
