"""Bracketed form fields: `a[b][0][c]=1` becomes `{"a": {"b": [{"c": "1"}]}}`; values stay text."""

import itertools
import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import WireError

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
INNER = re.compile(r"\[([^\[\]]*)\]")
DEEPEST = 20
MOST_FIELDS = 5_000


def decode(body: bytes | str) -> dict[str, Any]:
    """Return what a form (or a query) says. Raises: WireError for what is no such form."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise WireError("Invalid request body: it is no form.") from None
    # Postgres keeps no such character, and Stripe refuses it too.
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise WireError("Invalid request body: it holds a NUL character.")
    root: dict[str, Any] = {}
    for name, value in pairs:
        _place(root, name, value)
    return {key: _lists(value) for key, value in root.items()}


def _place(root: dict[str, Any], name: str, value: str) -> None:
    found = NAME.fullmatch(name)
    if found is None:
        raise WireError(f"Invalid parameter name: {name}", param=name)
    steps = [found[1], *INNER.findall(found[2])]
    if len(steps) > DEEPEST:
        raise WireError(f"Parameter is nested too deeply: {found[1]}", param=found[1])
    here = root
    for step, following in itertools.pairwise(steps):
        # `a[]=1&a[]=2` counts by itself
        key = str(len(here)) if step == "" else step
        here = here.setdefault(key, {})
        if not isinstance(here, dict):
            raise WireError(f"Invalid object: {step}[{following}]", param=name)
    last = str(len(here)) if steps[-1] == "" else steps[-1]
    here[last] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
