"""What an attacker puts into an event: payloads that no handler may take, and odd ones it may."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

HUGE = "x" * 20_001
FORM = "__reflex_form_data__"


def _nested(depth: int) -> Any:
    made: Any = "bottom"
    for _ in range(depth):
        made = {"a": made}
    return made


WRONG: dict[str, tuple[Any, ...]] = {
    "str": (1, True, None, 1.5, ["x"], {"a": "b"}, _nested(200), HUGE, "a\x00b", "\ud800"),
    "int": ("1", True, None, 1.5, [1], {"a": 1}, _nested(200)),
    "float": ("1.5", True, None, [1.5], {"a": 1.5}),
    "bool": (1, 0, "true", None, [True]),
    "dict[str, str]": (
        None, [], "x", 1, {"a": 1}, {"a": True}, {"a": None}, {"a": ["b"]}, {"a": {"b": "c"}},
        _nested(200), {"a": HUGE}, {HUGE: "a"}, {"a": "\x00"}, {"\udfff": "a"},
        {FORM: None}, {FORM: "ab"}, {FORM: [["a"]]}, {FORM: [["a", "b", "c"]]}, {FORM: [["a", 1]]},
        {FORM: [[1, "a"]]}, {FORM: [[["a"], "b"]]}, {FORM: [["a", {"b": "c"}]]}, {FORM: 5},
        {FORM: [["a", "\x00"]]}, {FORM: [["a", {FORM: [["b", "c"]]}]]}, {FORM: [["a", HUGE]]},
    ),
    "list[str]": (None, "x", {"0": "x"}, [1], [None], [["x"]], [HUGE], ["\x00"], _nested(200)),
}  # fmt: skip

ODD_TEXTS = (
    "", "\u202egnp.exe", "../../../etc/passwd", "%2e%2e%2f",
    "' OR 1=1--", "<script>alert(1)</script>", "{{7*7}}", "-1", "NaN", "1e309", "٣",
    "\U0001d54f" * 300,
    "00000000-0000-0000-0000-000000000000", "line\r\nSet-Cookie: a=b", "x" * 19_999,
)  # fmt: skip
ODD_NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**30)


def wired(handler: Callable[..., Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as a browser sends it: a form travels as its entries."""
    kinds = arguments(handler)
    return {
        name: {FORM: [[key, entry] for key, entry in value.items()]}
        if kinds.get(name) == "dict[str, str]"
        else value
        for name, value in payload.items()
    }


def arguments(handler: Callable[..., Any]) -> dict[str, str]:
    """The handler's arguments with the names of their types."""
    hints = typing.get_type_hints(inspect.unwrap(handler))
    names = list(inspect.signature(handler).parameters)[1:]
    return {name: _named(hints[name]) for name in names}


def _named(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)


def refusable(
    handler: Callable[..., Any], valid: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(what is wrong, payload): each differs from the valid one in one thing."""
    yield "an extra key", {**valid, "role": "admin"}
    yield "self", {**valid, "self": {"view": "x"}}
    yield "a private name", {**valid, "_account_id": "x"}
    for name, kind in arguments(handler).items():
        yield f"no {name}", {key: value for key, value in valid.items() if key != name}
        for value in WRONG[kind]:
            yield f"{name} is {_short(value)}", {**valid, name: value}


def odd(handler: Callable[..., Any], valid: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Payloads of the right types that nobody sane would send."""
    for name, kind in arguments(handler).items():
        if kind == "str":
            yield from ({**valid, name: text} for text in ODD_TEXTS)
        elif kind in {"int", "float"}:
            yield from ({**valid, name: number} for number in ODD_NUMBERS)
        elif kind == "dict[str, str]":
            yield {**valid, name: {}}
            keys = list(valid[name])
            yield from ({**valid, name: dict.fromkeys(keys, text)} for text in ODD_TEXTS)
            yield {**valid, name: {FORM: [[key, "twice"] for key in [*keys, *keys, FORM]]}}
            yield {**valid, name: {f"k{i}": "v" for i in range(2000)}}
        elif kind == "list[str]":
            yield {**valid, name: list(ODD_TEXTS)}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:30]}… ({len(text)})"
