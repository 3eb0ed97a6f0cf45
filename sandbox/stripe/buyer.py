"""Who pays a session, and with what."""

from dataclasses import dataclass

from sandbox.stripe import cards
from sandbox.stripe.cards import TestNumber


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays, and with what."""

    email: str
    name: str = ""
    country: str = "US"
    method: str = "card"
    number: str = "4242424242424242"
    exp_month: int = 12
    exp_year: int = 2034

    @property
    def instrument(self) -> TestNumber:
        """The card or account with what it does."""
        if self.method == "debit":
            return cards.ACCOUNTS[cards.digits(self.number)]
        return cards.card_of(self.number)
