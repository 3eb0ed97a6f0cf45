"""Webhook endpoints: where events are sent."""

from sandbox.stripe.customers import merged
from sandbox.stripe.ids import new_id, signing_secret
from sandbox.stripe.instance import Transaction
from sandbox.stripe.rules_from_sdk import flag
from sandbox.stripe.store import Doc, Record

KIND = "webhook_endpoint"


async def create(tx: Transaction, params: Doc, _ids: dict[str, str]) -> Doc:
    """Register an address; only this answer holds the secret of its signatures."""
    secret = signing_secret()
    body = {
        "id": new_id(KIND),
        "object": KIND,
        "api_version": params.get("api_version"),
        "application": None,
        "created": tx.now,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
        "status": "enabled",
        "url": params["url"],
    }
    tx.put(Record(body, hidden={"secret": secret}))
    tx.changes_endpoints = True
    return {**body, "secret": secret}


async def update(tx: Transaction, params: Doc, ids: dict[str, str]) -> Doc:
    """Change where events go, which, or whether."""
    record = await tx.get(KIND, ids["webhook_endpoint"], lock=True, param="webhook_endpoint")
    for name in ("url", "enabled_events", "description"):
        if name in params:
            record.body[name] = params[name] or None
    if "disabled" in params:
        record.body["status"] = "disabled" if flag(params, "disabled") else "enabled"
    if "metadata" in params:
        record.body["metadata"] = merged(record.body["metadata"], params["metadata"])
    tx.put(record)
    tx.changes_endpoints = True
    return record.body


async def delete(tx: Transaction, _params: Doc, ids: dict[str, str]) -> Doc:
    """Forget an address."""
    record = await tx.get(KIND, ids["webhook_endpoint"], lock=True, param="webhook_endpoint")
    await tx.connection.execute("DELETE FROM document WHERE id = %s", (record.id,))
    tx.changes_endpoints = True
    # the one answer that is no whole object
    return {"id": record.id, "object": KIND, "deleted": True}
