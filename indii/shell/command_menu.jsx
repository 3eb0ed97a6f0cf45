// The keys that work everywhere: Ctrl-K / ⌘K, / and ?. The panel itself is a chunk of its own.

import { lazy, Suspense, useEffect, useState } from "react";
import { useNavigate } from "react-router";

const load = () => import("./command_panel.jsx");
const Panel = lazy(load);
const TYPING = "input:not([type=checkbox],[type=radio],[type=range],[type=button]),textarea,select,[contenteditable]";

export function CommandMenu(props) {
  const [isOpen, open] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event) => {
      const { key, target } = event;
      if (event.defaultPrevented || event.isComposing) return;
      // The K is about to follow: what is typed after it must find the field there.
      if (key === "Control" || key === "Meta") return void load();
      if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && key.toLowerCase() === "k") {
        event.preventDefault();
        return open((was) => !was);
      }
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      if (target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
      if (key === "?") document.getElementById("shortcuts")?.showModal();
      else if (key === "/") {
        const field = [...document.querySelectorAll("[data-search]")].find((node) => node.offsetParent);
        if (field) {
          field.focus();
          field.select();
        } else navigate(props.searchPath, { state: { wants: "search" } });
      } else return;
      event.preventDefault();
    };
    const onAsk = () => open(true);
    addEventListener("keydown", onKey);
    addEventListener("indii:command", onAsk);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("indii:command", onAsk);
    };
  }, []);
  return (
    <>
      <Shortcuts />
      {isOpen && (
        <Suspense fallback={null}>
          <Panel {...props} navigate={navigate} onClose={() => open(false)} />
        </Suspense>
      )}
    </>
  );
}

const mod = () => (/Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl");
const KEYS = [
  ["Play or pause", "Space"],
  ["Back, forward 5 s", "←", "→"],
  ["Previous, next", "⇧ ←", "⇧ →"],
  ["Back, forward 10 s", "J", "L"],
  ["Mute", "M"],
  ["Search", "/"],
  ["Go anywhere", "mod K"],
  ["This help", "?"],
];

function Shortcuts() {
  const [held, setHeld] = useState("Ctrl");
  useEffect(() => setHeld(mod()), []);
  return (
    <dialog className="dialog" id="shortcuts" aria-labelledby="shortcuts-title">
      <div className="overlay-head">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <button type="button" className="icon-btn" aria-label="Close" data-close="">
          <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
            <path d="m4.5 4.5 9 9M13.5 4.5l-9 9" />
          </svg>
        </button>
      </div>
      <div className="overlay-body">
        <dl className="shortcuts">
          {KEYS.map(([what, ...keys]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                {keys.map((key) => (
                  <kbd className="kbd" key={key}>
                    {key.replace("mod", held)}
                  </kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </dialog>
  );
}
