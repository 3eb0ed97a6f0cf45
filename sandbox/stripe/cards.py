"""Numbers that test something, and what each of them does. Source: docs.stripe.com/testing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a payment is refused."""

    code: str
    decline_code: str | None
    message: str
    network_status: str = "declined_by_network"


@dataclass(frozen=True, slots=True)
class TestNumber:
    """A card or a bank account of nobody."""

    number: str
    does: str
    brand: str = "visa"
    refusal: Refusal | None = None
    needs_authentication: bool = False
    # "succeeded" at once, or "pending" and then what follows
    refund: str = "succeeded"

    @property
    def shown(self) -> str:
        """The number as people read it."""
        size = 4 if len(self.number) == 16 else 12
        return " ".join(self.number[n : n + size] for n in range(0, len(self.number), size))


GENERIC = Refusal("card_declined", "generic_decline", "Your card was declined.")
FUNDS = Refusal("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Refusal("card_declined", "lost_card", "Your card was declined.")
EXPIRED = Refusal("expired_card", None, "Your card has expired.")
WRONG_CVC = Refusal("incorrect_cvc", None, "Your card's security code is incorrect.")
NOT_A_TEST_CARD = Refusal(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. "
    "Use one of the test numbers below.",
    "not_sent_to_network",
)
WRONG_NUMBER = Refusal("incorrect_number", None, "Your card number is incorrect.")
UNAUTHENTICATED = Refusal(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again.",
)
NOT_OFFERED = Refusal(
    "payment_method_not_available", None, "The shop does not offer this way to pay.", "not_sent"
)
DEBIT_FUNDS = Refusal(
    "insufficient_funds",
    "insufficient_funds",
    "The customer's account has insufficient funds to cover this payment.",
)

CARDS = {
    card.number: card
    for card in (
        TestNumber("4242424242424242", "pays"),
        TestNumber("5555555555554444", "pays", "mastercard"),
        TestNumber("378282246310005", "pays", "amex"),
        TestNumber("4000000000003220", "asks for 3-D Secure", needs_authentication=True),
        TestNumber("4000000000000002", "is declined", refusal=GENERIC),
        TestNumber("4000000000009995", "has insufficient funds", refusal=FUNDS),
        TestNumber("4000000000009987", "was lost", refusal=LOST),
        TestNumber("4000000000000069", "has expired", refusal=EXPIRED),
        TestNumber("4000000000000127", "has another CVC", refusal=WRONG_CVC),
        TestNumber("4000000000007726", "pays; refunds succeed later", refund="succeeded_later"),
        TestNumber("4000000000005126", "pays; refunds fail later", refund="failed_later"),
    )
}
ACCOUNTS = {
    account.number: account
    for account in (
        TestNumber("000123456789", "succeeds later"),
        TestNumber("000222222227", "fails later", refusal=DEBIT_FUNDS),
    )
}
SHOWN_CARDS = [
    CARDS[number]
    for number in (
        "4242424242424242",
        "4000000000003220",
        "4000000000000002",
        "4000000000009995",
        "4000000000007726",
        "4000000000005126",
    )
]


def digits(typed: str) -> str:
    """Return a number as typed without its spaces and dashes."""
    return "".join(c for c in typed if c not in " -\u00a0")


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a card number is right."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def card_of(typed: str) -> TestNumber:
    """Return the test card of this number; any other number is a card that is declined."""
    number = digits(typed)
    known = CARDS.get(number)
    if known:
        return known
    is_card = number.isdecimal() and number.isascii() and 12 <= len(number) <= 19
    refusal = NOT_A_TEST_CARD if is_card and passes_luhn(number) else WRONG_NUMBER
    # of a number that might be somebody's not even the last four are kept
    return TestNumber("0000000000000000", "is refused", "unknown", refusal=refusal)
