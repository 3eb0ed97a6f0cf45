"""A rule beyond types: a predicate and the answer of a request that breaks it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.stripe.errors import WireError

Call = tuple[str, str]
Told = Mapping[str, object] | None
"""None when the rule holds, else what its message, code and parameter are filled with."""

URL = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
DOCS = "docs.stripe.com"


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at."""

    params: dict[str, Any]
    now: int = 0
    charge: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row."""

    id: str
    call: Call
    broken: Callable[[Case], Told]
    message: str
    source: str
    code: str | None = None
    param: str | None = None
    status: int = 400
    stage: Literal["early", "params", "state"] = "params"

    def concerns(self, method: str, template: str) -> bool:
        """Whether it is about this call."""
        return self.call[0] == method and self.call[1] in {"*", template}

    def refuse(self, told: Mapping[str, object]) -> WireError:
        """Return the answer."""
        param = self.param.format(**told) if self.param else None
        return WireError(
            self.message.format(**told), status=self.status, code=self.code, param=param
        )


def when(is_broken: bool, **told: object) -> Told:  # noqa: FBT001 - reads as a sentence
    """Return what to tell when something is so."""
    return told if is_broken else None


def needs(name: str) -> Callable[[Case], Told]:
    """Return a predicate: a parameter must be there and not empty."""
    return lambda case: when(not case.params.get(name))


def is_no_url(name: str) -> Callable[[Case], Told]:
    """Return a predicate: a parameter, where it is there, must be an address."""

    def broken(case: Case) -> Told:
        given = case.params.get(name)
        return when(given is not None and not URL.fullmatch(given))

    return broken


def has_both(first: str, second: str) -> Callable[[Case], Told]:
    """Return a predicate: two parameters must not come together."""
    return lambda case: when(first in case.params and second in case.params)
