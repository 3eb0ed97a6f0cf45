"""Every Var operation an author may write on a public page, on values of every kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import reflex as rx


class Kind(StrEnum):
    A = "a"
    B = "b"


@dataclass(frozen=True)
class Inner:
    name: str = "Ada"
    n: int = 3
    tags: list[str] = field(default_factory=lambda: ["x", "y & z"])
    none: str | None = None


@dataclass(frozen=True)
class Values:
    s: str = "Straße <b>&\"'"
    t: str = ""
    i: int = 3
    f: float = 2.0
    g: float = 0.125
    b: bool = True
    z: int = 0
    rows: list[Inner] = field(default_factory=lambda: [Inner(), Inner("Bo", 0)])
    words: list[str] = field(default_factory=lambda: ["b", "a"])
    kind: Kind = Kind.B
    d: dict[str, int] = field(default_factory=lambda: {"k": 1, "l": 2})
    inner: Inner = field(default_factory=Inner)
    maybe: Inner | None = None
    empty: list[str] = field(default_factory=list)


class OperationsState(rx.State):
    page: Values = Values()
    plain: str = "plain"


v: Any = OperationsState.page
P = rx.el.p


def yes(condition: Any) -> rx.Component:
    return rx.cond(condition, P("1"), P("2"))


OPERATIONS: dict[str, Callable[[], rx.Component]] = {
    "str": lambda: P(v.s),
    "int": lambda: P(v.i),
    "whole float": lambda: P(v.f),
    "float": lambda: P(v.g),
    "bool": lambda: P(v.b),
    "none": lambda: P(v.inner.none),
    "concat": lambda: P("a " + v.s + "!"),
    "f-string": lambda: P(f"n {v.i} of {v.s}"),
    "f-string attribute": lambda: P("", title=f"{v.i}/{v.f}"),
    "add": lambda: P(v.i + v.f),
    "arithmetic": lambda: P((v.i * 2 - 1) / 2),
    "modulo": lambda: P(v.i % 2),
    "negative": lambda: P(-v.i),
    "equal": lambda: yes(v.s == "x"),
    "unequal": lambda: yes(v.t != ""),
    "less": lambda: yes(v.i < 5),
    "and": lambda: yes(v.b & (v.i > 1)),
    "or": lambda: yes(v.t | v.b),
    "not": lambda: yes(~v.b),
    "empty text": lambda: yes(v.t),
    "zero": lambda: yes(v.z),
    "empty list": lambda: yes(v.empty),
    "object": lambda: yes(v.inner),
    "no object": lambda: yes(v.maybe),
    "kind": lambda: yes(v.kind == "b"),
    "value of a condition": lambda: P("x", class_name=rx.cond(v.b, "good", "bad")),
    "length": lambda: P(v.rows.length(), v.s.length()),
    "contains": lambda: yes(v.words.contains("a")),
    "upper": lambda: P(v.s.upper(), v.s.lower()),
    "join": lambda: P(v.words.join(", ")),
    "item": lambda: P(v.words[0], v.rows[1].name),
    "item from the end": lambda: P(v.words[-1]),
    "item of a mapping": lambda: P(v.d["k"]),
    "items": lambda: rx.fragment(rx.foreach(v.d, lambda pair: P(pair[0], pair[1]))),
    "list": lambda: rx.el.ul(
        rx.foreach(
            v.rows, lambda x: rx.el.li(x.name, rx.foreach(x.tags, lambda t: rx.el.i(t, x.n)))
        )
    ),
    "list with numbers": lambda: rx.el.ul(rx.foreach(v.rows, lambda x, i: rx.el.li(i, x.name))),
    "one name twice": lambda: rx.fragment(
        rx.foreach(v.rows, lambda x: rx.el.div(rx.foreach(x.tags, lambda x: rx.el.b(x)), x.name))
    ),
    "fixed list": lambda: rx.fragment(rx.foreach([1, 2], lambda x: P(x))),
    "match": lambda: rx.match(v.kind, ("a", P("A")), ("b", "c", P("B")), P("?")),
    "match of values": lambda: P(
        "x", class_name=rx.match(v.kind, ("a", "good"), ("b", "bad"), "none")
    ),
    "match without a case": lambda: rx.match(v.i, (1, P("A")), P("?")),
    "select": lambda: rx.el.select(
        rx.el.option("A", value="a"), rx.el.option("B", value="b"), default_value=v.kind
    ),
    "textarea": lambda: rx.el.textarea(default_value=v.s),
    "checkbox": lambda: rx.el.input(type="checkbox", default_checked=v.b),
    "input": lambda: rx.el.input(
        default_value=v.s, max_length=3, auto_complete="off", spell_check=False
    ),
    "style": lambda: P(
        "x", custom_attrs={"style": {"width": 3, "--w": 3, "zIndex": 2, "lineHeight": 1.5}}
    ),
    "svg": lambda: rx.el.svg(
        rx.el.path(d="M1 1", custom_attrs={"strokeWidth": v.i}), view_box="0 0 1 1"
    ),
    "time": lambda: rx.el.time("x", date_time="2020"),
    "label": lambda: rx.el.label("x", html_for="a"),
    "link with a query": lambda: rx.el.a("x", href="/a?b=c&d=e#f"),
    "other state": lambda: P(OperationsState.plain),
    "details": lambda: rx.el.details(rx.el.summary("x"), open=v.b),
    "audio": lambda: rx.el.audio(src="/x", controls=True, preload="none"),
    "spaces": lambda: P("a\u00a0b", rx.el.br(), "c"),
    "table": lambda: rx.el.table(rx.el.tbody(rx.el.tr(rx.el.td("x", col_span=2)))),
    "absent attribute": lambda: P("x", title=v.inner.none, custom_attrs={"data-x": v.b}),
    "disabled": lambda: rx.el.button("x", disabled=v.b),
    "form": lambda: rx.el.form(rx.el.button("x", type="submit"), action="/x", method="post"),
}
