// A long text that is fetched when somebody unfolds it. What is shown is always the text of the
// address that is named now: another address is another text, fetched anew.

import { useEffect, useRef, useState } from "react";

const PATIENCE_MS = 15_000;
const LOST = "This text could not be loaded. Check your connection and try again.";
// There is no such text any more: what names it here is old.
const isGone = (status) => status === 404 || status === 422;

async function read(href, signal) {
  const answer = await fetch(href, { signal, headers: { accept: "text/plain, application/json" } });
  if (answer.ok) return { href, text: await answer.text() };
  const said = await answer.json().catch(() => ({}));
  return { href, error: said.error || LOST, isGone: isGone(answer.status) };
}

// What the server said of this address while it is asked for, null before that.
function useText(href, isWanted, onGone) {
  const [got, setGot] = useState(null);
  const [tries, setTries] = useState(0);
  const gone = useRef(onGone);
  gone.current = onGone;
  const here = got?.href === href ? got : null;
  useEffect(() => {
    if (!isWanted || here?.text !== undefined) return undefined;
    let isOver = false;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    setGot(null);
    read(href, stop.signal)
      .catch(() => ({ href, error: LOST }))
      .then((found) => {
        clearTimeout(timer);
        if (isOver) return;
        setGot(found);
        if (found.isGone) gone.current?.();
      });
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop.abort();
    };
  }, [href, isWanted, tries]);
  return [here, () => setTries((n) => n + 1)];
}

export function FetchedText({ href, summary, name, label, className, onGone }) {
  const ref = useRef(null);
  const [isOpen, setOpen] = useState(false);
  const [got, again] = useText(href, isOpen, onGone);
  const page = (
    <a href={href} className="link">
      Open it on a page of its own
    </a>
  );
  const failed = (
    <div className="notice notice-bad" role="alert">
      <div>
        <p>{got?.error}</p>
        <p>{page}</p>
      </div>
      <button type="button" className="btn btn-sm" onClick={again}>
        Try again
      </button>
    </div>
  );
  const text = (
    <pre tabIndex={0} role="region" aria-label={label} aria-busy={!got} className={className}>
      {got ? got.text : "Loading…"}
    </pre>
  );
  return (
    <details ref={ref} className="unfold" onToggle={() => setOpen(ref.current.open)}>
      {/* The click comes before the fold opens, so that what opens is there at once. */}
      <summary aria-label={name} onClick={() => setOpen(!ref.current.open)}>
        {summary}
      </summary>
      {isOpen ? got?.error ? failed : text : <p>{page}</p>}
    </details>
  );
}
