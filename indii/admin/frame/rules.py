"""How lists of administrators are addressed, and how long a page of one is."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from indii.kernel.format import whole_number


@dataclass(frozen=True, slots=True)
class StateTab:
    """A list in one state, with how many are in it."""

    label: str
    href: str
    count: str
    is_on: bool


PAGE = 50
"""Rows of one page of a list."""


def list_address(place: str, **asked: str) -> str:
    """Return the address of an operator's page that asks for this."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/admin/{place}?{query}" if query else f"/admin/{place}"


def in_words(values: Mapping[str, object]) -> str:
    """Return names and values on one line of at most 300 characters."""
    return ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())[:300]


def state_tabs(
    place: str, labels: Mapping[str, str], counted: Mapping[str, int], on: str
) -> list[StateTab]:
    """Return one tab a state, and one for all; `on` is the key of the one that is shown."""
    return [
        StateTab(
            label=label,
            count=whole_number(counted[key]) if counted.get(key) else "",
            href=list_address(place, state=key),
            is_on=key == on,
        )
        for key, label in labels.items()
    ]
