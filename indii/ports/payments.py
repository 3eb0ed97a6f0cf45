"""Taking money: a checkout that somebody else hosts, refunds, and what the network says later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CheckoutStatus(StrEnum):
    """Where a hosted checkout stands; a `complete` one may still wait for its money."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"
    # The buyer was done, and then the money did not come: it cannot be paid any more.
    FAILED = "failed"


class ProviderRefundStatus(StrEnum):
    """Where a refund stands with the network."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """One line of what is paid for; `amount_minor` in the checkout's currency."""

    title: str
    description: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What to ask money for; `key` makes asking twice the same as asking once."""

    key: str
    order_id: str
    currency: str
    lines: Sequence[CheckoutLine]
    email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    allows_delayed: bool


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted checkout as the network knows it at this moment."""

    ref: str
    url: str
    order_id: str
    state: CheckoutStatus
    is_paid: bool
    amount_minor: int
    currency: str
    payment_ref: str
    email: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What to give back of a payment; `key` makes asking twice the same as asking once."""

    key: str
    refund_id: str
    payment_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the network knows it; `refund_id` is ours, "" for one made by hand there."""

    ref: str
    refund_id: str
    payment_ref: str
    amount_minor: int
    currency: str
    state: ProviderRefundStatus


@dataclass(frozen=True, slots=True)
class Fee:
    """What the network kept of a payment; `ref` names its own entry."""

    ref: str
    payment_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """A verified event: ids only, for whoever works it asks for the truth anew.

    `kind` is the network's own name of it, whether or not anybody here handles it.
    """

    external_id: str
    kind: str
    object_ref: str
    payment_ref: str
    happened_at: datetime


class Payments(Protocol):
    """Speaks to a payment network. Amounts are integer minor units, currencies upper case."""

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted checkout; the same `key` returns the same one.

        Raises:
            PaymentError: refused (not retryable) or the outcome is unknown (retryable).
        """

    def checkout(self, ref: str) -> Checkout:
        """Return the checkout as it is now.

        Raises:
            PaymentError: unknown, or nobody answered.
        """

    def expire_checkout(self, ref: str) -> Checkout:
        """Close an open checkout and return how it ended: it may have been paid meanwhile.

        Raises:
            PaymentError: nobody answered.
        """

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back; the same `key` returns the same refund.

        Raises:
            PaymentError: refused (not retryable) or the outcome is unknown (retryable).
        """

    def refunds(self, payment_ref: str) -> Sequence[ProviderRefund]:
        """Return every refund of a payment, for looking up what became of a request.

        Raises:
            PaymentError: nobody answered.
        """

    def fee(self, payment_ref: str) -> Fee | None:
        """Return what the network kept, None while it has not said.

        Raises:
            PaymentError: nobody answered.
        """


class PaymentEvents(Protocol):
    """What the payment network tells us."""

    def read(self, body: bytes, signature: str) -> PaymentEvent:
        """Return what a webhook says, after its signature was checked over the raw body.

        Raises:
            WebhookRefused: forged, too old, of another mode, or not readable.
        """

    def since(self, when: datetime, kinds: Sequence[str]) -> Sequence[PaymentEvent]:
        """Return events of these kinds from then on, oldest first: what webhooks should tell.

        Raises:
            PaymentError: nobody answered.
        """

    def check(self) -> None:
        """Prove that payments can be taken.

        Raises:
            PaymentError: they cannot, with what to do about it.
        """
