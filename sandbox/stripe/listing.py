"""Reading what is stored: one object, or a page of a list with its filters."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.stripe.errors import WireError, missing
from sandbox.stripe.instance import Transaction
from sandbox.stripe.rules_from_sdk import flag, number
from sandbox.stripe.sessions import as_list
from sandbox.stripe.settlement import as_of_now
from sandbox.stripe.store import Doc, fetch

Operation = Callable[[Transaction, Doc, dict[str, str]], Awaitable[Doc]]
Condition = tuple[str, list[Any]]
CURSORS = {
    "starting_after": "seq < (SELECT seq FROM document WHERE id = %s)",
    "ending_before": "seq > (SELECT seq FROM document WHERE id = %s)",
}
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
ALWAYS = frozenset({"limit", "starting_after", "ending_before", "expand"})
# Parameters that are a field of the same name; others are handled by name below.
PLAIN = {
    "checkout.session": frozenset({"customer", "payment_intent", "status"}),
    "payment_intent": frozenset({"customer"}),
    "charge": frozenset({"customer", "payment_intent", "transfer_group"}),
    "refund": frozenset({"charge", "payment_intent"}),
    "balance_transaction": frozenset({"type", "source", "currency"}),
    "customer": frozenset({"email"}),
    "event": frozenset(),
    "webhook_endpoint": frozenset(),
    "product": frozenset(),
    "price": frozenset({"product"}),
}


def retrieve(kind: str, variable: str) -> Operation:
    """Return the operation that reads one object."""

    async def operation(tx: Transaction, _params: Doc, ids: dict[str, str]) -> Doc:
        record = await tx.get(kind, ids[variable], param=variable)
        return (await as_shown(tx, kind, [record.body]))[0]

    return operation


def page(kind: str, url: str) -> Operation:
    """Return the operation that reads a list, newest first."""

    async def operation(tx: Transaction, params: Doc, _ids: dict[str, str]) -> Doc:
        conditions = [("kind = %s", [kind]), *_filters(kind, params)]
        backwards = "ending_before" in params
        conditions += await _cursor(tx, kind, params)
        limit = number(params, "limit") or 10
        where = " AND ".join(text for text, _ in conditions)
        values = [value for _, given in conditions for value in given]
        direction = "ASC" if backwards else "DESC"
        rows = await fetch(
            tx.connection,
            # only texts of this module, values apart
            f"SELECT body FROM document WHERE {where} "  # noqa: S608
            f"ORDER BY seq {direction} LIMIT %s",
            [*values, limit + 1],
        )
        bodies = [body for (body,) in rows[:limit]]
        if backwards:
            bodies.reverse()
        return as_list(await as_shown(tx, kind, bodies), url, has_more=len(rows) > limit)

    return operation


async def as_shown(tx: Transaction, kind: str, bodies: list[Doc]) -> list[Doc]:
    """Return stored objects with what depends on the moment."""
    if kind == "balance_transaction":
        return [as_of_now(tx, body) for body in bodies]
    if kind == "event" and bodies:
        rows = await fetch(
            tx.connection,
            "SELECT event_id, count(*) FROM delivery WHERE event_id = ANY(%s) "
            "AND state IN ('pending', 'held') GROUP BY 1",
            ([body["id"] for body in bodies],),
        )
        waiting: dict[str, int] = dict(rows)
        return [body | {"pending_webhooks": waiting.get(body["id"], 0)} for body in bodies]
    return bodies


async def _cursor(tx: Transaction, kind: str, params: Doc) -> list[Condition]:
    for name, condition in CURSORS.items():
        if known := params.get(name):
            if await tx.find(kind, known) is None:
                raise missing(kind, known, param=name, in_url=False)
            return [(condition, [known])]
    return []


def _filters(kind: str, params: Doc) -> list[Condition]:
    found: list[Condition] = []
    for name, value in params.items():
        if name in ALWAYS:
            continue
        if name == "created":
            found += _created(value)
        elif name in PLAIN[kind]:
            found.append(("body->>%s = %s", [name, value]))
        elif name == "customer_details":
            found.append(("body->'customer_details'->>'email' = %s", [value["email"]]))
        elif kind == "event" and name in EVENT_FILTERS:
            found.append(EVENT_FILTERS[name](params))
        else:
            raise WireError(f"The sandbox does not filter by {name}.", status=501, param=name)
    return found


def _created(value: Any) -> list[Condition]:
    if isinstance(value, str):
        return [("created = %s", [int(value)])]
    return [(f"created {BOUNDS[name]} %s", [int(bound)]) for name, bound in value.items()]


def _types(params: Doc) -> Condition:
    return "body->>'type' = ANY(%s)", [params["types"]]


def _type(params: Doc) -> Condition:
    pattern = "".join(".*" if c == "*" else re.escape(c) for c in params["type"])
    return "body->>'type' ~ %s", [f"^{pattern}$"]


def _delivered(params: Doc) -> Condition:
    # An event that nobody wanted was delivered to everybody who did.
    undelivered = (
        "EXISTS (SELECT FROM delivery WHERE delivery.event_id = document.id AND state <> 'done')"
    )
    return (f"NOT {undelivered}" if flag(params, "delivery_success") else undelivered), []


EVENT_FILTERS: dict[str, Callable[[Doc], Condition]] = {
    "types": _types,
    "type": _type,
    "delivery_success": _delivered,
}
