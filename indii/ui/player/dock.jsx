// The dock: a view of engine.js. Desktop bar, phone mini player and full-screen sheet.

import { Suspense, lazy, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link } from "react-router";
import * as engine from "./engine.js";
import { Icon } from "./icons.jsx";
import { keysOff } from "./page.js";
import * as store from "./store.js";
import { Elapsed, Total, Wave, useClock } from "./wave.jsx";

// Most visits never open the queue.
const Queue = lazy(() => import("./queue.jsx"));

const queueVerbs = { go: engine.go, move: engine.move, remove: engine.remove, say: engine.say };
const shared = { engine: queueVerbs, Icon, keysOff };

const REPEAT = { off: "Repeat is off", all: "Repeat the queue", one: "Repeat this recording" };

// `actions` draws what features let people do with the item that plays.
export function PlayerDock({ children, playsUrl, recordingPath, producerPath, licenseHash, actions }) {
  useEffect(() => engine.mount({ playsUrl }), []);
  const paths = { recordingPath, producerPath, licenseHash };
  return (
    <>
      {children}
      <Dock paths={paths} actions={actions} />
    </>
  );
}

const useEngine = () =>
  useSyncExternalStore(store.subscribe, store.getState, () => store.blank);

function Dock({ paths, actions }) {
  const state = useEngine();
  const item = state.items[state.index];
  const sheet = useRef(null);
  const [open, setOpen] = useState(false);
  const show = () => {
    setOpen(true);
    sheet.current?.showModal();
  };
  const close = () => sheet.current?.close();
  useEffect(() => {
    if (!item) close();
  }, [item]);
  return (
    <>
      <p className="player-said" role="status">
        {state.said}
      </p>
      <p className="player-notice" role="status">
        {!open && state.notice}
      </p>
      <section id="player" className="player" aria-label="Player" hidden={!item}>
      {item && (
        <>
          <Bar state={state} item={item} paths={paths} actions={actions} onOpen={show} />
          <dialog ref={sheet} className="player-sheet" aria-label="Player" onClose={() => setOpen(false)} onClick={(e) => e.target === sheet.current && close()}>
            {open && <Sheet state={state} item={item} paths={paths} actions={actions} onClose={close} />}
          </dialog>
        </>
      )}
      </section>
    </>
  );
}

function Bar({ state, item, paths, actions, onOpen }) {
  return (
    <div className="player-bar">
      <Progress />
      <div className="player-now">
        <Link to={paths.recordingPath + item.slug} tabIndex={-1} aria-hidden="true">
          <Cover item={item} />
        </Link>
        <Names item={item} paths={paths} />
        <button className="player-open" aria-label={`Open player: ${item.title} by ${item.producer}`} onClick={onOpen}>
          <Cover item={item} />
          <span className="player-names">
            <b>{item.title}</b>
            <span>{item.producer}</span>
          </span>
        </button>
      </div>
      <div className="player-ctl">
        <Button name="previous" label="Previous" onClick={engine.previous} className="wide" />
        <PlayButton state={state} item={item} />
        <NextButton state={state} className="wide" />
        <Elapsed />
        <Wave item={item} height={42} />
        <Total item={item} />
      </div>
      <div className="player-side">
        {actions?.(item)}
        <Modes state={state} />
        <QueueButton state={state} />
        <Volume state={state} />
        <License item={item} paths={paths} />
      </div>
    </div>
  );
}

function Sheet({ state, item, paths, actions, onClose }) {
  return (
    <div className="player-full">
      <Button name="down" label="Close player" onClick={onClose} />
      <Cover item={item} />
      <div className="player-what">
        <Names item={item} paths={paths} onClick={onClose} />
        {actions?.(item)}
      </div>
      <Wave item={item} height={64} />
      <p className="player-times">
        <Elapsed />
        <Total item={item} />
      </p>
      <div className="player-keysrow">
        <Shuffle state={state} />
        <Button name="previous" label="Previous" onClick={engine.previous} />
        <PlayButton state={state} item={item} />
        <NextButton state={state} />
        <Repeat state={state} />
      </div>
      <License item={item} paths={paths} onClick={onClose} />
      <p className="player-notice" role="status">
        {state.notice}
      </p>
      <QueueHead />
      <Suspense>
        <Queue {...shared} state={state} />
      </Suspense>
    </div>
  );
}

function Cover({ item }) {
  return item.cover ? <img className="player-cover" src={item.cover} alt="" /> : <i className="player-cover" />;
}

function Names({ item, paths, onClick }) {
  return (
    <span className="player-names">
      <Link to={paths.recordingPath + item.slug} onClick={onClick}>
        <b>{item.title}</b>
      </Link>
      {item.producerSlug ? (
        <Link to={paths.producerPath + item.producerSlug} onClick={onClick}>
          <span>{item.producer}</span>
        </Link>
      ) : (
        <span>{item.producer}</span>
      )}
    </span>
  );
}

function Progress() {
  const { time, duration } = useClock();
  return <i className="player-line" style={{ transform: `scaleX(${duration ? time / duration : 0})` }} />;
}

function Button({ name, label, className = "", ...rest }) {
  return (
    <button className={`player-btn ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={name} />
    </button>
  );
}

function PlayButton({ state, item }) {
  const label = `${state.playing ? "Pause" : "Play"} ${item.title}`;
  return (
    <button className="player-play" aria-label={label} title={label} aria-busy={state.waiting} onClick={engine.toggle}>
      <Icon name={state.playing ? "pause" : "play"} size={16} />
    </button>
  );
}

function NextButton({ state, className }) {
  const end = state.repeat !== "all" && state.index >= state.items.length - 1;
  return <Button name="next" label="Next" aria-disabled={end} onClick={engine.next} className={className} />;
}

function Shuffle({ state }) {
  return <Button name="shuffle" label="Shuffle" aria-pressed={state.shuffle} onClick={engine.toggleShuffle} />;
}

function Repeat({ state }) {
  return (
    <Button
      name="repeat"
      label={REPEAT[state.repeat]}
      className={state.repeat === "one" ? "on one" : state.repeat === "all" ? "on" : ""}
      onClick={engine.cycleRepeat}
    />
  );
}

const Modes = ({ state }) => (
  <>
    <Shuffle state={state} />
    <Repeat state={state} />
  </>
);

function Volume({ state }) {
  const level = state.muted ? 0 : Math.round(state.volume * 100);
  return (
    <span className="player-volume">
      <Button
        name={level ? "loud" : "mute"}
        label="Mute"
        aria-pressed={state.muted}
        onClick={engine.toggleMute}
      />
      <input
        type="range"
        min="0"
        max="100"
        step="5"
        value={level}
        aria-label="Volume"
        style={{ "--level": `${level}%` }}
        onChange={(e) => engine.setVolume(e.target.value / 100)}
      />
    </span>
  );
}

function License({ item, paths, onClick }) {
  if (!item.price || !paths.licenseHash) return null;
  return (
    <Link
      className="btn btn-go btn-sm player-license"
      to={paths.recordingPath + item.slug + paths.licenseHash}
      data-license={item.id}
      aria-label={`License ${item.title}, ${item.price}`}
      title={item.price}
      onClick={onClick}
    >
      License
    </Link>
  );
}

function QueueHead({ onClose }) {
  return (
    <header className="player-head">
      <h2>Queue</h2>
      <button className="player-text" onClick={() => (engine.clear(), onClose?.())}>
        Clear
      </button>
      {onClose && <Button name="close" label="Close queue" onClick={onClose} />}
    </header>
  );
}

function QueueButton({ state }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const close = (focus = true) => {
    setOpen(false);
    if (focus) box.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    box.current.querySelector("[role=dialog]").focus();
    const away = (e) => !box.current?.contains(e.target) && e.target.isConnected && close(false);
    // Wherever the focus is: a row that was removed may just have taken it along.
    const onKey = (e) => e.key === "Escape" && !e.defaultPrevented && close();
    addEventListener("pointerdown", away);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("keydown", onKey);
    };
  }, [open]);
  return (
    <span ref={box}>
      <Button name="queue" label="Queue" aria-expanded={open} onClick={() => (open ? close() : setOpen(true))} />
      {open && (
        <div className="player-queue" role="dialog" aria-label="Queue" tabIndex={-1}>
          <QueueHead onClose={() => close()} />
          <Suspense>
            <Queue {...shared} state={state} keys />
          </Suspense>
        </div>
      )}
    </span>
  );
}
