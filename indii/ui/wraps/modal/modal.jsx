// A native <dialog>: the browser keeps focus inside, closes on Escape and gives focus back.

import { useEffect, useRef } from "react";

export function Modal({ dialogId, className, isOpen, onClose, children }) {
  const ref = useRef(null);
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
      onClose={(event) => event.target === ref.current && onClose?.()}
    >
      {children}
    </dialog>
  );
}
