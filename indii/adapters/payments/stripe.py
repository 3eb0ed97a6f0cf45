"""Stripe, by its own SDK; in development its base address is the local sandbox, no more.

Written for stripe 16.1 (API 2026-10-28.endive): `payment_method_types` is never sent, objects are
no dicts, retries and time limits are set because the client's own defaults are none and 80 s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import stripe

from indii.kernel.money import from_provider, provider_amount
from indii.ports.errors import PaymentError, WebhookRefused
from indii.ports.payments import (
    Checkout,
    CheckoutRequest,
    CheckoutStatus,
    Fee,
    PaymentEvent,
    ProviderRefund,
    ProviderRefundStatus,
    RefundRequest,
)

if TYPE_CHECKING:
    from stripe.checkout import Session

TIMEOUT_S: Final = 3.0
# The SDK counts retries after the first try.
RETRIES: Final = 1
MAX_BODY: Final = 1_000_000
# Stripe's clock and ours may differ; what is signed further ahead was not signed now. The SDK
# looks at the past only.
AHEAD_S: Final = 600
_SIGNED_AT: Final = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)")

_REFUNDS: Final = {
    "succeeded": ProviderRefundStatus.SUCCEEDED,
    "failed": ProviderRefundStatus.FAILED,
    "canceled": ProviderRefundStatus.FAILED,
}
# What the intent of a delayed payment becomes when the bank says no.
_UNPAYABLE: Final = frozenset({"requires_payment_method", "canceled"})


@dataclass(frozen=True, slots=True)
class StripeConfig:
    """How to reach Stripe; `base_url` "" is the real one, anything else a sandbox."""

    api_key: str
    webhook_secrets: tuple[str, ...]
    base_url: str = ""

    @property
    def is_live(self) -> bool:
        """Whether this key moves real money."""
        return "_live_" in self.api_key


class StripePayments:
    """Both payment ports over one client."""

    def __init__(self, config: StripeConfig) -> None:
        """Connect to nothing yet.

        Raises:
            ValueError: a live key together with a sandbox address.
        """
        if config.base_url and config.is_live:
            raise ValueError("A live Stripe key must never be sent to a sandbox address.")
        self._config = config
        more: dict[str, Any] = {}
        if config.base_url:
            more["base_addresses"] = {"api": config.base_url.rstrip("/")}
        self._http = stripe.RequestsClient(timeout=TIMEOUT_S)
        self._client = stripe.StripeClient(
            config.api_key, max_network_retries=RETRIES, http_client=self._http, **more
        )

    def close(self) -> None:
        """Hang up; the next call connects anew."""
        self._http.close()  # type: ignore[no-untyped-call]

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted checkout; the same `key` returns the same one."""
        params: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": request.order_id,
            "metadata": {"order_id": request.order_id},
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency.lower(),
                        "unit_amount": provider_amount(line.amount_minor, request.currency),
                        "product_data": {
                            "name": line.title[:250],
                            "description": line.description[:500],
                        },
                    },
                }
                for line in request.lines
            ],
            "payment_intent_data": {
                "transfer_group": request.order_id,
                "metadata": {"order_id": request.order_id},
            },
        }
        if request.email:
            params["customer_email"] = request.email
        if not request.allows_delayed:
            # A debit that settles days later would hold what can be sold only once.
            params["allowed_payment_method_types"] = ["card"]
        with _worded():
            made = self._client.v1.checkout.sessions.create(
                params,  # type: ignore[arg-type]
                {"idempotency_key": request.key},
            )
        return _checkout(made)

    def checkout(self, ref: str) -> Checkout:
        """Return the checkout as it is now."""
        with _worded():
            return _checkout(
                self._client.v1.checkout.sessions.retrieve(ref, {"expand": ["payment_intent"]})
            )

    def expire_checkout(self, ref: str) -> Checkout:
        """Close an open checkout; one that ended by itself is returned as it ended."""
        found = self.checkout(ref)
        if found.state is not CheckoutStatus.OPEN:
            return found
        try:
            with _worded():
                return _checkout(
                    self._client.v1.checkout.sessions.expire(
                        ref, {}, {"idempotency_key": f"expire:{ref}"}
                    )
                )
        except PaymentError as error:
            if error.retryable:
                raise
            # Paid in the last second: the answer is how it stands now.
            return self.checkout(ref)

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back; the same `key` returns the same refund."""
        with _worded():
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": request.payment_ref,
                    "amount": provider_amount(request.amount_minor, request.currency),
                    "metadata": {"refund_id": request.refund_id},
                },
                {"idempotency_key": request.key},
            )
        return _refund(made)

    def refunds(self, payment_ref: str) -> Sequence[ProviderRefund]:
        """Return every refund of a payment."""
        with _worded():
            found = self._client.v1.refunds.list({"payment_intent": payment_ref, "limit": 100})
            return [_refund(made) for made in found.auto_paging_iter()]

    def fee(self, payment_ref: str) -> Fee | None:
        """Return what Stripe kept; its balance transaction comes a while after the payment."""
        with _worded():
            found = self._client.v1.payment_intents.retrieve(
                payment_ref, {"expand": ["latest_charge.balance_transaction"]}
            )
        charge: Any = found.latest_charge
        booked: Any = getattr(charge, "balance_transaction", None)
        if booked is None or isinstance(booked, str):
            return None
        currency = str(booked.currency).upper()
        return Fee(booked.id, payment_ref, from_provider(booked.fee, currency), currency)

    def read(self, body: bytes, signature: str) -> PaymentEvent:
        """Return what a webhook says, after its signature was checked over the raw body."""
        if len(body) > MAX_BODY:
            raise WebhookRefused("The event is too large.")
        secrets = [kept for secret in self._config.webhook_secrets if (kept := secret.strip())]
        if not secrets:
            raise WebhookRefused("No webhook secret is set, so no event can be believed.")
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise WebhookRefused("The event is not text.") from error
        for secret in secrets:
            if _is_signed(text, signature, secret):
                return self._event(_parsed(text))
        raise WebhookRefused("The signature is not ours.")

    def _event(self, event: Any) -> PaymentEvent:
        try:
            if bool(event["livemode"]) != self._config.is_live:
                raise WebhookRefused("The event is of another mode than our key.")
            return _read(event)
        except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
            raise WebhookRefused("The event cannot be read.") from error

    def since(self, when: datetime, kinds: Sequence[str]) -> Sequence[PaymentEvent]:
        """Return events of these kinds from then on, oldest first."""
        with _worded():
            pages = self._client.v1.events.list(
                {
                    "created": {"gte": int(when.timestamp())},
                    "types": list(kinds),
                    "limit": 100,
                }
            )
            newest_first = [_read(event.to_dict()) for event in pages.auto_paging_iter()]
        return newest_first[::-1]

    def check(self) -> None:
        """Prove that the key opens the door and that events can be believed."""
        if not any(self._config.webhook_secrets):
            raise PaymentError(
                "No webhook secret is set: INDII_STRIPE_WEBHOOK_SECRET.", retryable=False
            )
        with _worded():
            self._client.v1.balance.retrieve()


def _checkout(session: Session) -> Checkout:
    currency = str(session.currency or "").upper()
    payment: Any = session.payment_intent
    details = session.customer_details
    is_paid = session.payment_status != "unpaid"
    state = CheckoutStatus(session.status or "open")
    if state is CheckoutStatus.COMPLETE and not is_paid:
        has_failed = getattr(payment, "status", "") in _UNPAYABLE
        state = CheckoutStatus.FAILED if has_failed else state
    return Checkout(
        ref=session.id,
        url=session.url or "",
        order_id=session.client_reference_id or "",
        state=state,
        is_paid=is_paid,
        amount_minor=from_provider(session.amount_total or 0, currency),
        currency=currency,
        payment_ref=payment if isinstance(payment, str) else getattr(payment, "id", "") or "",
        email=(details.email if details else None) or session.customer_email or "",
    )


def _refund(made: stripe.Refund) -> ProviderRefund:
    currency = made.currency.upper()
    payment: Any = made.payment_intent
    metadata: Any = made.metadata
    return ProviderRefund(
        ref=made.id,
        refund_id=str(getattr(metadata, "refund_id", "") or ""),
        payment_ref=payment if isinstance(payment, str) else getattr(payment, "id", "") or "",
        amount_minor=from_provider(made.amount, currency),
        currency=currency,
        state=_REFUNDS.get(made.status or "", ProviderRefundStatus.PENDING),
    )


def _is_signed(text: str, signature: str, secret: str) -> bool:
    at = _SIGNED_AT.search(signature)
    if at is None or int(at[1]) > datetime.now(UTC).timestamp() + AHEAD_S:
        return False
    try:
        return bool(stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=300))
    except (stripe.SignatureVerificationError, ValueError):
        return False


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WebhookRefused("The event is not JSON.") from error


def _read(event: Any) -> PaymentEvent:
    """Keep of an event what it is about; everything else is asked for anew."""
    thing = event["data"]["object"]
    payment = thing.get("payment_intent")
    return PaymentEvent(
        external_id=str(event["id"])[:120],
        kind=str(event["type"])[:80],
        object_ref=str(thing.get("id") or "")[:200],
        payment_ref=payment[:200] if isinstance(payment, str) else "",
        happened_at=datetime.fromtimestamp(event["created"], UTC),
    )


@contextmanager
def _worded() -> Generator[None]:
    """Say of every failure whether trying again can help."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise PaymentError("The payment provider did not answer.") from error
    except stripe.AuthenticationError as error:
        raise PaymentError(
            "The payment provider refused our key: check INDII_STRIPE_KEY.", retryable=False
        ) from error
    except stripe.StripeError as error:
        # 409: another request with this key is still running; 5xx: their fault, not ours.
        status = error.http_status or 500
        again = status >= 500 or status in {409, 429}
        why = error.user_message or "it does not say why."
        said = "The payment provider failed." if again else f"Refused: {why}"
        raise PaymentError(said, retryable=again) from error
