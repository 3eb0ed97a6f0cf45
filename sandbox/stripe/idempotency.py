"""Answers that are given again: a POST with a key is carried out once.

Once carrying out began, its answer is kept, a 500 too. A request that was refused before (its
parameters, or another one with the same key still under way) leaves no trace. Keys are forgotten
after a day of the stand-in's clock. Source: docs.stripe.com/api/idempotent_requests.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.errors import WireError
from sandbox.stripe.instance import KEPT_FOR_S, Instance

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered before."""

    status: int
    body: str


def checked(key: str | None) -> str | None:
    """Return a usable key, None without one. Raises: WireError."""
    if key is not None and len(key) > LONGEST_KEY:
        raise WireError(
            f"Idempotency keys are at most {LONGEST_KEY} characters long; this one has {len(key)}."
        )
    return key or None


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    """Return what tells one request from another."""
    said = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@contextlib.contextmanager
def alone(instance: Instance, key: str | None) -> Iterator[None]:
    """Hold the key while its request is under way. Raises: WireError(409) when it is held."""
    if key is None:
        yield
        return
    if key in instance.in_flight:
        raise WireError(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you submitted twice, and the other request is still going through): "
            f"{key}. Please try again later.",
            status=409,
            code="idempotency_key_in_use",
            kind="idempotency_error",
        )
    instance.in_flight.add(key)
    try:
        yield
    finally:
        instance.in_flight.discard(key)


async def kept_answer(instance: Instance, key: str, mark: str) -> KeptAnswer | None:
    """Return what was answered to this key. Raises: WireError when it was asked something else."""
    rows = await instance.database.fetch(
        "SELECT fingerprint, status, body FROM idempotency WHERE key = %s AND created > %s",
        (key, instance.clock.now() - KEPT_FOR_S),
    )
    if not rows:
        return None
    known, status, body = rows[0]
    if known != mark:
        raise WireError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with. Try using a key other than "
            f"'{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return KeptAnswer(status, body)


def row(instance: Instance, key: str, mark: str, status: int, body: str) -> dict[str, Any]:
    """Return an answer as the database keeps it."""
    return {
        "key": key,
        "fingerprint": mark,
        "status": status,
        "body": body,
        "created": instance.clock.now(),
    }
