import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import * as uploads from "./uploads.js";

const EMPTY = { items: [] };

export function Uploader({ onChecked, onRefused, onRemoved, hint, label, ...config }) {
  const { kind, recording } = config;
  const [scope, setScope] = useState(null);
  const [over, setOver] = useState(false);
  const input = useRef(null);
  useEffect(() => setScope(uploads.scopeOf(config)), [kind, recording]);
  if (scope) scope.config = config;

  const { items, last } = useSyncExternalStore(
    (f) => (scope?.watchers.add(f), () => scope?.watchers.delete(f)),
    () => scope?.view || EMPTY,
    () => EMPTY,
  );
  // Whatever happened, also while nobody was looking, reaches the page's state exactly once.
  useEffect(() => {
    const handlers = { checked: onChecked, refused: onRefused, removed: onRemoved };
    for (const [name, value] of scope?.mail.splice(0) || []) handlers[name]?.(value);
  });
  // A file dropped beside the target would replace the page, and with it the upload.
  useEffect(() => {
    const hold = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    addEventListener("dragover", hold);
    addEventListener("drop", hold);
    return () => {
      removeEventListener("dragover", hold);
      removeEventListener("drop", hold);
    };
  }, []);

  const take = (files) => uploads.add(scope, [...files]);
  const many = config.multiple;
  return (
    <div className="upload">
      <div
        className="upload-drop"
        data-over={over || undefined}
        onDragEnter={(e) => (e.preventDefault(), setOver(true))}
        onDragOver={(e) => (e.preventDefault(), setOver(true))}
        onDragLeave={(e) => !e.currentTarget.contains(e.relatedTarget) && setOver(false)}
        onDrop={(e) => (e.preventDefault(), setOver(false), take(e.dataTransfer.files))}
      >
        <p>{label || (many ? "Drop files here" : "Drop a file here")}</p>
        <button type="button" className="btn" disabled={!scope} onClick={() => input.current.click()}>
          {many ? "Choose files" : "Choose a file"}
        </button>
        {hint && <p className="upload-hint">{hint}</p>}
        <input
          ref={input}
          type="file"
          hidden
          aria-label={label || "File"}
          accept={config.accept}
          multiple={many}
          onChange={(e) => {
            take(e.target.files);
            e.target.value = "";
          }}
        />
      </div>
      <ul className="upload-rows">
        {items.map((item) => (
          <Row key={item.key} item={item} scope={scope} />
        ))}
      </ul>
      <p className="upload-said" role="status">
        {spoken(items.find((item) => item.key === last))}
      </p>
    </div>
  );
}

// One sentence a change of state, not one a percent.
function spoken(item) {
  if (!item || item.state === "waiting") return "";
  return `${item.name}: ${item.state === "sending" ? "uploading" : told(item)}`;
}

function described(probe) {
  if (!probe) return "Checked";
  if (probe.line) return `Checked · ${probe.line}`;
  const minutes = Math.floor(probe.duration_ms / 60000);
  const seconds = String(Math.floor(probe.duration_ms / 1000) % 60).padStart(2, "0");
  const parts = [
    probe.format?.toUpperCase(),
    probe.sample_rate && `${probe.sample_rate / 1000} kHz`,
    probe.bit_depth && `${probe.bit_depth} bit`,
    probe.duration_ms && `${minutes}:${seconds}`,
  ];
  return ["Checked", ...parts.filter(Boolean)].join(" · ");
}

function left(item) {
  if (!item.speed) return "";
  const seconds = (item.size - item.sent) / item.speed;
  const time = seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
  return ` · ${uploads.size(item.speed)}/s · ${time} left`;
}

function told(item) {
  const share = Math.floor((item.sent / item.size) * 100);
  return {
    waiting: "Waiting",
    sending: `${share} % of ${uploads.size(item.size)}${left(item)}`,
    paused: `Paused at ${share} %`,
    retrying: `${item.message} Trying again.`,
    checking: `Uploaded. Checking the file${item.checked ? `, ${item.checked} %` : ""}`,
    checked: described(item.probe),
    refused: item.message,
    failed: `${item.message} ${share} % is kept.`,
    unfinished: `${share} % was uploaded. Choose the same file again to go on.`,
  }[item.state];
}

function Row({ item, scope }) {
  const { state, name, key } = item;
  const bad = state === "refused" || state === "failed";
  const moving = state === "sending" || state === "waiting" || state === "checking";
  const act = (verb, does) => (
    <button type="button" className="btn btn-sm" aria-label={`${verb} ${name}`} onClick={() => does(scope, key)}>
      {verb}
    </button>
  );
  return (
    <li className="upload-row" data-state={state}>
      <div className="upload-text">
        <b>{name}</b>
        <span className={bad ? "upload-bad" : ""}>{told(item)}</span>
      </div>
      <div className="upload-acts">
        {(state === "sending" || state === "waiting") && act("Pause", uploads.pause)}
        {state === "paused" && act("Resume", uploads.resume)}
        {(state === "failed" || state === "retrying") && act("Try again", uploads.resume)}
        {act(moving || state === "retrying" || state === "paused" ? "Cancel" : "Remove", uploads.remove)}
      </div>
      {state !== "refused" && state !== "checked" && (
        <div
          className="upload-bar"
          role="progressbar"
          aria-label={`${name}, uploaded`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor((item.sent / item.size) * 100)}
        >
          <i style={{ transform: `scaleX(${item.sent / item.size})` }} />
        </div>
      )}
    </li>
  );
}
