"""Two ways to draw the same thing, made comparable: a component's render tree and HTML text."""

import re
from html.parser import HTMLParser
from typing import Any

Node = tuple[str, str, tuple[str, ...], tuple[Any, ...]]
VOID = {"img", "path", "use", "input", "br", "hr"}
_IGNORED = {"prefetch", "key", "ref"}
_NAMES = {"classname": "class", "to": "href", "htmlfor": "for"}


def tree_of(rendered: dict[str, Any], *, taken: bool) -> list[Node]:
    """The elements of `component.render()`, every condition answered with `taken`."""
    if "cond_state" in rendered:
        return tree_of(rendered["true_value" if taken else "false_value"], taken=taken)
    if "iterable" in rendered or "iterable_state" in rendered:
        return _children(rendered, taken=taken)
    name = rendered.get("name")
    if name is None:
        return []
    children = _children(rendered, taken=taken)
    if name == "Fragment":
        return children
    props: dict[str, str] = {}
    for prop in rendered["props"]:
        raw, _, value = prop.partition(":")
        key = raw.strip('"').lower()
        if key not in _IGNORED:
            props[_NAMES.get(key, key)] = value
    found = re.fullmatch(r'"(.*)"', props.pop("class", ""))
    tag = "a" if name == "ReactRouterLink" else name.strip('"')
    return [(tag, found.group(1) if found else "", tuple(sorted(props)), tuple(children))]


def _children(rendered: dict[str, Any], *, taken: bool) -> list[Node]:
    found: list[Node] = []
    for child in rendered.get("children", []):
        found += tree_of(child, taken=taken)
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[list[Any]] = [["", "", (), []]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.pop("class", "") or ""
        self.stack.append([tag, name, tuple(sorted(values)), []])
        if tag in VOID:
            self._close()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack[-1][0] == tag
            self._close()

    def _close(self) -> None:
        tag, name, attrs, children = self.stack.pop()
        self.stack[-1][3].append((tag, name, attrs, tuple(children)))


def tree_of_html(text: str) -> list[Node]:
    """The elements of a piece of HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.stack) == 1, "an element was left open"
    return list(reader.stack[0][3])
