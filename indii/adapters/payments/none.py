"""No payments: every call says that they are not set up; free licenses work all the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from indii.ports.errors import PaymentError, WebhookRefused
from indii.ports.payments import (
    Checkout,
    CheckoutRequest,
    Fee,
    PaymentEvent,
    ProviderRefund,
    RefundRequest,
)


def _refuse() -> NoReturn:
    raise PaymentError(
        "Payments are not set up on this site yet. Nothing was charged.", retryable=False
    )


class NoPayments:
    """Both payment ports of an installation without a key."""

    def open_checkout(self, request: CheckoutRequest) -> Checkout:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def checkout(self, ref: str) -> Checkout:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def expire_checkout(self, ref: str) -> Checkout:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def refund(self, request: RefundRequest) -> ProviderRefund:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def refunds(self, payment_ref: str) -> Sequence[ProviderRefund]:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def fee(self, payment_ref: str) -> Fee | None:  # noqa: ARG002
        """Refuse."""
        _refuse()

    def read(self, body: bytes, signature: str) -> PaymentEvent:  # noqa: ARG002
        """Refuse: without a secret nothing can be believed."""
        raise WebhookRefused("Payments are not set up on this site.")

    def since(self, when: datetime, kinds: Sequence[str]) -> Sequence[PaymentEvent]:  # noqa: ARG002
        """Nothing happened."""
        return ()

    def check(self) -> None:
        """Refuse, with what to do about it."""
        raise PaymentError(
            "Payments are not set up: set INDII_STRIPE_KEY and INDII_STRIPE_WEBHOOK_SECRET.",
            retryable=False,
        )
