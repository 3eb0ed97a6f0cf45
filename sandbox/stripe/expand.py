"""`expand[]`: ids in an answer replaced by the objects they name, at most four levels deep."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.stripe import shapes
from sandbox.stripe.errors import WireError
from sandbox.stripe.instance import Transaction
from sandbox.stripe.listing import as_shown
from sandbox.stripe.sessions import as_list
from sandbox.stripe.store import Doc

DEEPEST = 4
# What an id names, by the letters it begins with.
KINDS = {
    "cs_": "checkout.session",
    "pi_": "payment_intent",
    "pm_": "payment_method",
    "ch_": "charge",
    "re_": "refund",
    "txn_": "balance_transaction",
    "cus_": "customer",
    "prod_": "product",
    "price_": "price",
}


async def expand(tx: Transaction, answer: Doc, wanted: Any) -> Doc:
    """Return the answer with what was asked for. Raises: WireError(400) for what cannot be."""
    for path in wanted if isinstance(wanted, list) else []:
        steps = path.split(".")
        if len(steps) > DEEPEST + (steps[0] == "data"):
            raise WireError(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}",
                param="expand",
            )
        answer = await _expanded(tx, answer, steps, path)
    return answer


async def _expanded(tx: Transaction, value: Any, steps: list[str], path: str) -> Any:
    if not steps or value is None:
        return value
    if isinstance(value, list):
        return [await _expanded(tx, item, steps, path) for item in value]
    step, rest = steps[0], steps[1:]
    found = await _included(tx, value, step) if step not in value else value[step]
    if step not in value and found is None:
        raise _refusal(path)
    if isinstance(found, str):
        if not _is_reference(value, step):
            raise _refusal(path)
        found = await _loaded(tx, found)
    elif not isinstance(found, dict | list) and found is not None:
        raise _refusal(path)
    return {**value, step: await _expanded(tx, found, rest, path)}


def _is_reference(value: Doc, step: str) -> bool:
    if "object" not in value:
        return False
    return shapes.is_reference(shapes.fields(shapes.sdk_class(value["object"])).get(step))


async def _loaded(tx: Transaction, doc_id: str) -> Any:
    kind = next((kind for stem, kind in KINDS.items() if doc_id.startswith(stem)), "")
    record = await tx.find(kind, doc_id)
    return (await as_shown(tx, kind, [record.body]))[0] if record else doc_id


async def _included(tx: Transaction, value: Doc, step: str) -> Doc | None:
    """Return a part that is left out of an object unless it is asked for."""
    include = INCLUDED.get((str(value.get("object")), step))
    return await include(tx, value["id"]) if include else None


async def _line_items(tx: Transaction, session_id: str) -> Doc:
    record = await tx.get("checkout.session", session_id)
    items = record.hidden["items"]
    # Inside a session a list has its first ten lines, like any list.
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return as_list(items[:10], url, has_more=len(items) > 10)


async def _refunds(tx: Transaction, charge_id: str) -> Doc:
    found = [record.body for record in await tx.owned(charge_id, "refund")]
    return as_list(found[:10], f"/v1/charges/{charge_id}/refunds", has_more=len(found) > 10)


INCLUDED: dict[tuple[str, str], Callable[[Transaction, str], Awaitable[Doc]]] = {
    ("checkout.session", "line_items"): _line_items,
    ("charge", "refunds"): _refunds,
}


def _refusal(path: str) -> WireError:
    return WireError(f"This property cannot be expanded ({path}).", param="expand")
