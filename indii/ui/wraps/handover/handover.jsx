// From the first HTML (`#ssr`) to the page itself: scroll, focus, typed text and ticked boxes stay.

import { useContext, useEffect, useState } from "react";
import { DispatchContext } from "$/utils/context";

const FIELDS = "input,textarea,select";
const isBox = (node) => node.type === "checkbox" || node.type === "radio";

// What a field is for, the same on both sides: where its form goes, its name, which box.
const purpose = (node) =>
  [node.form?.getAttribute("action"), node.name, isBox(node) && node.value, node.dataset.search].join("\n");

// The fields, links and buttons of one side by what they are for, in the order of the page.
function known(root) {
  const found = new Map();
  const add = (key, node) => found.set(key, [...(found.get(key) ?? []), node]);
  root.querySelectorAll(FIELDS).forEach((node) => add(`field ${purpose(node)}`, node));
  root.querySelectorAll("a[href]").forEach((node) => add(`link ${node.getAttribute("href")}`, node));
  root.querySelectorAll("button,summary").forEach((node) =>
    add(`button ${node.getAttribute("aria-label") ?? node.textContent}`, node),
  );
  return found;
}

// Pairs each node of the first HTML with the same one of the page that takes over.
function pairs(stand, page) {
  const heirs = known(page);
  return [...known(stand)].flatMap(([key, nodes]) =>
    nodes.map((node, i) => [node, heirs.get(key)?.[i]]).filter(([, heir]) => heir),
  );
}

// As if it had been typed there: React hears of it, whether or not a state keeps the field.
function set(node, name, value, event) {
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(node), name).set.call(node, value);
  node.dispatchEvent(new Event(event, { bubbles: true }));
}

// What was touched is pressed or typed again. What was not stands as the server wrote it: a box that
// was drawn before its state had come ignores what it should have been ticked by.
function carry(node, heir) {
  if (!node.matches(FIELDS) || node.type === "hidden" || node.type === "file" || node.disabled) return;
  if (isBox(node)) {
    if (node.checked === heir.checked) return;
    if (node.checked !== node.defaultChecked) heir.click();
    else heir.checked = node.checked;
  } else if (node.matches("select")) {
    if (node.value === heir.value) return;
    const isChanged = [...node.options].some((option) => option.selected !== option.defaultSelected);
    if (isChanged) set(heir, "value", node.value, "change");
    else heir.value = node.value;
  } else if (node.value !== node.defaultValue) set(heir, "value", node.value, "input");
}

function select(node, heir) {
  // Only fields of text have a caret; the others say so by throwing or by null.
  if (node.selectionStart === null || node.selectionStart === undefined) return;
  heir.setSelectionRange(node.selectionStart, node.selectionEnd);
}

function handOver() {
  const root = document.documentElement;
  const stand = document.getElementById("ssr");
  if (!stand) return root.removeAttribute("data-ssr");
  const page = [...document.querySelectorAll(".frame")].find((frame) => !stand.contains(frame));
  const both = page ? pairs(stand, page) : [];
  const [held, heir] = both.find(([node]) => node === document.activeElement) ?? [];
  const { scrollX, scrollY } = window;
  both.forEach(([node, other]) => {
    if (node.matches("summary")) other.parentElement.open = node.parentElement.open;
    else carry(node, other);
  });
  root.removeAttribute("data-ssr");
  const caret = held?.matches(FIELDS) ? held : null;
  if (heir) {
    heir.focus({ preventScroll: true });
    if (caret) select(caret, heir);
  }
  stand.remove();
  scrollTo(scrollX, scrollY);
}

// The document's own state, in a tab that has no other: the page need not wait for the socket.
function begin(dispatch) {
  const shown = window.indiiShown ?? {};
  delete window.indiiShown;
  Object.entries(shown).forEach(([name, values]) => dispatch[name]?.(values));
}

export function SsrHandover({ isReady }) {
  const dispatch = useContext(DispatchContext);
  const [hasBegun, setBegun] = useState(false);
  useEffect(() => {
    begin(dispatch);
    setBegun(true);
  }, []);
  useEffect(() => {
    if (isReady && hasBegun) handOver();
  }, [isReady, hasBegun]);
  // Leaving the page before its data came: the stand-in must not cover the next one.
  useEffect(() => handOver, []);
  return null;
}
