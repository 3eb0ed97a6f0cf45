"""The form of the payment page: what was typed, and what is wrong with it."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.stripe import cards
from sandbox.stripe.buyer import Buyer
from sandbox.stripe.session_rules import EMAIL

EXPIRY = re.compile(r"(\d{1,2})\s*/?\s*(\d{2}|\d{4})")
LONGEST = 200


@dataclass(slots=True)
class PayForm:
    """What the buyer typed; kept on the page when a payment is declined."""

    email: str = ""
    method: str = "card"
    number: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""
    account: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, email: str = "") -> Self:
        """Return a form that nobody filled in yet."""
        return cls(email=email)

    @classmethod
    def read(cls, said: dict[str, Any]) -> Self:
        """Return what was sent; whatever is no text counts as empty."""
        form = cls()
        for name in ("email", "method", "number", "expiry", "cvc", "name", "account"):
            value = said.get(name)
            setattr(form, name, value.strip()[:LONGEST] if isinstance(value, str) else "")
        return form

    def check(self, today: dt.date, *, is_free: bool) -> bool:
        """Whether it can be sent on; what is wrong is said per field."""
        self.errors = {}
        if not EMAIL.fullmatch(self.email):
            self.errors["email"] = "Enter an e-mail address, like you@example.com."
        if not is_free and self.method == "debit":
            if cards.digits(self.account) not in cards.ACCOUNTS:
                self.errors["account"] = "Enter one of the test account numbers below."
        elif not is_free:
            self._check_card(today)
        return not self.errors

    def _check_card(self, today: dt.date) -> None:
        number = cards.digits(self.number)
        if not (number.isdecimal() and 12 <= len(number) <= 19) or not cards.passes_luhn(number):
            self.errors["number"] = "Enter a card number, such as 4242 4242 4242 4242."
        month, year = self._expiry()
        if not 1 <= month <= 12:
            self.errors["expiry"] = "Enter month and year, like 12 / 34."
        elif (year, month) < (today.year, today.month):
            self.errors["expiry"] = "This card has expired."
        if not re.fullmatch(r"[0-9]{3,4}", self.cvc):
            self.errors["cvc"] = "Enter the three or four digits of the security code."
        if not self.name:
            self.errors["name"] = "Enter the name on the card."

    def _expiry(self) -> tuple[int, int]:
        found = EXPIRY.fullmatch(self.expiry)
        if found is None:
            return 0, 0
        year = int(found[2])
        return int(found[1]), year if year > 99 else 2000 + year

    def buyer(self) -> Buyer:
        """Return who pays, once the form was checked."""
        month, year = self._expiry()
        return Buyer(
            email=self.email,
            name=self.name,
            method="debit" if self.method == "debit" else "card",
            number=self.account if self.method == "debit" else self.number,
            exp_month=month,
            exp_year=year,
        )
