"""Which calls of Stripe this stand-in carries out."""

from sandbox.stripe import customers, endpoints, refunds, sessions, settlement
from sandbox.stripe.listing import Operation, page, retrieve

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/v1/checkout/sessions"): sessions.create,
    ("POST", "/v1/checkout/sessions/{session}/expire"): sessions.expire,
    ("GET", "/v1/checkout/sessions/{session}/line_items"): sessions.line_items,
    ("POST", "/v1/refunds"): refunds.create,
    ("POST", "/v1/customers"): customers.create,
    ("POST", "/v1/customers/{customer}"): customers.update,
    ("POST", "/v1/webhook_endpoints"): endpoints.create,
    ("POST", "/v1/webhook_endpoints/{webhook_endpoint}"): endpoints.update,
    ("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}"): endpoints.delete,
    ("GET", "/v1/balance"): settlement.balance,
}
READ = {
    "/v1/checkout/sessions": ("checkout.session", "session"),
    "/v1/payment_intents": ("payment_intent", "intent"),
    "/v1/charges": ("charge", "charge"),
    "/v1/refunds": ("refund", "refund"),
    "/v1/balance_transactions": ("balance_transaction", "id"),
    "/v1/customers": ("customer", "customer"),
    "/v1/events": ("event", "id"),
    "/v1/webhook_endpoints": ("webhook_endpoint", "webhook_endpoint"),
    "/v1/products": ("product", "id"),
    "/v1/prices": ("price", "price"),
}
for path, (kind, variable) in READ.items():
    OPERATIONS["GET", path] = page(kind, path)
    OPERATIONS["GET", f"{path}/{{{variable}}}"] = retrieve(kind, variable)
