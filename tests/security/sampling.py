"""A valid call of every handler: what it carries, who may have its effect, which tables that is.

The calls stand in `samples/<room>/<feature>.py`, as their handlers do in `indii`, and are collected
from there; a handler without one fails `test_every_handler`. For each the world is prepared so that
the rightful caller really succeeds: an attack with a payload that would be refused anyway proves
nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.security.world import CALLERS, World
from tests.serving import Person

EVERYBODY = frozenset(CALLERS)
MEMBERS = EVERYBODY - {"anonymous"}
ADMIN = frozenset({"admin"})
Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """One handler's valid call."""

    payload: Mapping[str, Any] = field(default_factory=dict)
    # Whose call may change something, and what; `proof` must succeed, so the payload is valid.
    may: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    proof: str = "a"
    # Where the tab is, and what it did before ("State.handler", payload).
    at: str = "/"
    before: tuple[Call, ...] = ()
    # What a rightful caller is shown, as a further proof.
    shows: str = ""
    shown_to: frozenset[str] = frozenset()
    # Tables in which a stranger's rightful change may name A: a report about A, say.
    about_a: frozenset[str] = frozenset()
    # Background handlers are watched this long for what they send later.
    lingers_s: float = 0.0
    # People made for this handler alone, because it changes who they are.
    people: Mapping[str, Person] | None = None


def reads(at: str = "/", shows: str = "", to: frozenset[str] = EVERYBODY, **payload: Any) -> Sample:
    """A call that changes nothing, and what those who may see it are shown."""
    return Sample(payload=payload, at=at, shows=shows, shown_to=to if shows else frozenset())


Make = Callable[[World], Sample]
_found: dict[str, Make] = {}


def sample(name: str, make: Make | None = None) -> Callable[[Make], Make]:
    """Name the valid call of `State.handler`: above a function, or with a lambda."""

    def register(made: Make) -> Make:
        assert name not in _found, f"{name} has two samples"
        _found[name] = made
        return made

    if make is not None:
        register(make)
    return register


def collected() -> dict[str, Make]:
    """Every sample of `samples/`, by its handler."""
    root = Path(__file__).with_name("samples")
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        importlib.import_module(".".join(("tests.security.samples", *parts)))
    return dict(_found)
