"""What people can do with a thing wherever it is shown: features register it, lists draw it.

    @action("recording", order=10)
    def like_button(subject: Subject, place: Place) -> rx.Component: ...

A row, a card, the page of a thing and the dock ask for the actions of their kind and never know
what they get. What an action must know of its things comes with the frame (`ui/frame.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx
from reflex_base.vars.function import ArgsFunctionOperation

Place = Literal["row", "card", "page", "dock"]
PLACES: tuple[Place, ...] = ("row", "card", "page", "dock")


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing that an action is about, as Vars."""

    id: Any
    title: Any


Draw = Callable[[Subject, Place], rx.Component]


@dataclass(frozen=True, slots=True)
class _Action:
    order: int
    draw: Draw
    places: tuple[Place, ...]


_actions: dict[str, dict[str, _Action]] = {}


def action(kind: str, *, order: int, places: tuple[Place, ...] = PLACES) -> Callable[[Draw], Draw]:
    """Register the decorated function as an action on things of this kind.

    Lower orders stand first. What it draws must not change its size when the state arrives.
    """

    def register(draw: Draw) -> Draw:
        name = f"{draw.__module__}.{draw.__qualname__}"
        _actions.setdefault(kind, {})[name] = _Action(order, draw, places)
        return draw

    return register


def actions(kind: str, subject: Subject, place: Place) -> list[rx.Component]:
    """Return the registered actions that this place offers, in their order."""
    known = sorted(_actions.get(kind, {}).items(), key=lambda named: (named[1].order, named[0]))
    return [one.draw(subject, place) for _, one in known if place in one.places]


def drawn_in_browser(kind: str, place: Place) -> rx.Var[Any]:
    """Return the actions as a function of an item, for things that only the browser knows."""
    item = rx.Var(_js_expr="item", _var_type=dict[str, str]).to(dict)
    found = actions(kind, Subject(id=item["id"], title=item["title"]), place)
    return ArgsFunctionOperation.create(("item",), rx.Var.create(rx.fragment(*found)))
