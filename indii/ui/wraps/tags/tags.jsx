// A field for several short words: each becomes a chip; the form sends them joined by commas.

import { useEffect, useRef, useState } from "react";

const clean = (text) => text.trim().toLowerCase().replace(/\s+/g, " ").slice(0, 40);

export function TagsInput({ fieldId, name, label, value = [], limit = 8, suggestions = [], describedBy, onChange }) {
  const [words, setWords] = useState(value);
  const [typed, setTyped] = useState("");
  const input = useRef(null);
  const given = value.join(",");
  useEffect(() => setWords(value), [given]);

  const change = (next) => {
    setWords(next);
    onChange?.(next);
  };
  const add = (text) => {
    const fresh = text.split(",").map(clean).filter((word) => word && !words.includes(word));
    setTyped("");
    if (fresh.length) change([...words, ...new Set(fresh)].slice(0, limit));
  };
  const remove = (word) => {
    change(words.filter((other) => other !== word));
    input.current?.focus();
  };
  const onKeyDown = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "," || (event.key === "Enter" && typed.trim())) {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && !typed && words.length) remove(words.at(-1));
  };

  return (
    <div className="tags-box" onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
      {words.map((word) => (
        <span className="chip" key={word}>
          {word}
          <button type="button" className="icon-btn icon-btn-sm" aria-label={`Remove ${word}`} onClick={() => remove(word)}>
            <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
              <path d="m4.5 4.5 9 9M13.5 4.5l-9 9" />
            </svg>
          </button>
        </span>
      ))}
      <input
        ref={input}
        id={fieldId}
        aria-label={words.length ? `${label}, add another` : undefined}
        aria-describedby={describedBy}
        value={typed}
        list={suggestions.length ? `${fieldId}-list` : undefined}
        disabled={words.length >= limit}
        placeholder={words.length >= limit ? `At most ${limit}` : ""}
        autoComplete="off"
        enterKeyHint="enter"
        onChange={(event) => (event.target.value.endsWith(",") ? add(event.target.value) : setTyped(event.target.value))}
        onBlur={() => typed && add(typed)}
        onKeyDown={onKeyDown}
      />
      {suggestions.length > 0 && (
        <datalist id={`${fieldId}-list`}>
          {suggestions.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      <input type="hidden" name={name} value={words.join(",")} />
    </div>
  );
}
