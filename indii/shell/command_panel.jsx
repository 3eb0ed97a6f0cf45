// A combobox over a listbox: places and actions at once, recordings and people as the server answers.

import { useContext, useEffect, useRef, useState } from "react";
import { ColorModeContext } from "$/utils/context";

const PAUSE_MS = 120;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function useSuggestions(url, query) {
  const [answer, setAnswer] = useState({ query: "", items: [] });
  useEffect(() => {
    if (query.length < 2) return setAnswer({ query, items: [] });
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const reply = await fetch(`${url}?q=${encodeURIComponent(query)}`, { signal: stop.signal });
        setAnswer({ query, items: reply.ok ? await reply.json() : [] });
      } catch (error) {
        if (error.name !== "AbortError") setAnswer({ query, items: [] });
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [url, query]);
  return answer;
}

function local({ places, roles, isSignedIn }, setColorMode, mode, query) {
  const sees = (who) => !who || (who === "in" ? isSignedIn : who === "out" ? !isSignedIn : roles.includes(who));
  const help = () => document.getElementById("shortcuts")?.showModal();
  const other = mode === "light" ? "dark" : "light";
  const all = [
    ...places.filter((place) => sees(place[3])).map(([title, href, icon]) => ({ group: "Go to", title, href, icon })),
    { group: "Do", title: `Switch to ${other} theme`, icon: "sun", act: () => setColorMode(other) },
    { group: "Do", title: "Switch to system theme", icon: "sun", act: () => setColorMode("system") },
    { group: "Do", title: "Keyboard shortcuts", icon: "info", act: help },
  ];
  const words = fold(query).split(/\s+/).filter(Boolean);
  return all.filter(({ title }) => words.every((word) => fold(title).includes(word)));
}

const ICON_OF = { recording: "note", producer: "user", person: "user", profile: "user" };

export default function Panel(props) {
  const { icons, navigate, onClose, suggestUrl, searchPath } = props;
  const { resolvedColorMode, setColorMode } = useContext(ColorModeContext);
  const dialog = useRef(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const query = typed.trim();
  const { items } = useSuggestions(suggestUrl, query);
  const found = query.length < 2 ? [] : items.map((item) => ({ ...item, group: "Music and people", icon: ICON_OF[item.kind] ?? "note" }));
  const all = [
    ...found,
    ...local(props, setColorMode, resolvedColorMode, query),
    ...(query ? [{ group: "Search", title: `Search for “${query}”`, icon: "search", href: `${searchPath}?q=${encodeURIComponent(query)}` }] : []),
  ];
  const chosen = Math.min(at, all.length - 1);

  useEffect(() => {
    dialog.current.showModal();
  }, []);
  useEffect(() => {
    document.getElementById(`command-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const pick = (item) => {
    dialog.current.close();
    if (item.act) item.act();
    else navigate(item.href);
  };
  const onKeyDown = (event) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((chosen + step + all.length) % all.length);
    else if (event.key === "Enter" && all[chosen]) pick(all[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <dialog ref={dialog} className="dialog command" aria-label="Go anywhere" onClose={onClose}>
      <div className="search">
        <Sign d={icons.search} />
        <input
          className="search-input"
          role="combobox"
          aria-label="Go anywhere"
          aria-expanded="true"
          aria-controls="command-list"
          aria-activedescendant={all.length ? `command-${chosen}` : undefined}
          aria-autocomplete="list"
          autoFocus
          autoComplete="off"
          spellCheck="false"
          placeholder="Recordings, people, pages, actions"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="kbd">Esc</kbd>
      </div>
      <div className="command-list" role="listbox" id="command-list" aria-label="Results" tabIndex={-1}>
        {all.map((item, i) => (
          <div key={`${item.group}:${item.href ?? item.title}`} role="presentation">
            {item.group !== all[i - 1]?.group && (
              <p className="command-group" role="presentation">
                {item.group}
              </p>
            )}
            <div
              className="command-item"
              role="option"
              id={`command-${i}`}
              aria-selected={i === chosen}
              onPointerMove={() => i !== chosen && setAt(i)}
              onClick={() => pick(item)}
            >
              <Sign d={icons[item.icon]} />
              <b>{item.title}</b>
              {item.subtitle && <span className="sub">{item.subtitle}</span>}
            </div>
          </div>
        ))}
      </div>
    </dialog>
  );
}

function Sign({ d }) {
  return (
    <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
