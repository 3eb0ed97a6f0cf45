// A native <dialog>: the browser keeps focus inside, closes on Escape and gives focus back.

import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

const isPlain = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

// Any element with the attribute `calledBy` opens the dialog and says its value; what it shows is
// ready when `readyFor` is that value, and is not there while nobody asks. Links stay links without
// scripts, before the page took over from the first HTML, and for a new tab.
function useCalls(ref, calledBy, onCall) {
  const [asked, ask] = useState("");
  const call = useRef(onCall);
  call.current = onCall;
  useEffect(() => {
    if (!calledBy) return undefined;
    const onClick = (event) => {
      const caller = event.target.closest?.(`[${calledBy}]`);
      if (!caller || !isPlain(event) || document.documentElement.hasAttribute("data-ssr")) return;
      event.preventDefault();
      const value = caller.getAttribute(calledBy);
      // Now: the dialog focuses what it finds inside when it opens.
      flushSync(() => ask(value));
      call.current(value);
      if (!ref.current.open) ref.current.showModal();
    };
    document.addEventListener("click", onClick, true);
    return () => document.removeEventListener("click", onClick, true);
  }, [calledBy]);
  return [asked, ask];
}

export function Modal({ dialogId, className, isOpen, onClose, calledBy, readyFor, onCall, children }) {
  const ref = useRef(null);
  const [asked, ask] = useCalls(ref, calledBy, onCall);
  useEffect(() => {
    const node = ref.current;
    if (isOpen === undefined || isOpen === node.open) return;
    if (isOpen) node.showModal();
    else node.close();
  }, [isOpen]);
  return (
    <dialog
      id={dialogId}
      ref={ref}
      className={className}
      aria-labelledby={`${dialogId}-title`}
      data-waiting={calledBy && asked !== readyFor ? "" : undefined}
      onClose={(event) => {
        if (event.target !== ref.current) return;
        ask("");
        onClose?.();
      }}
    >
      {(!calledBy || asked) && children}
    </dialog>
  );
}
