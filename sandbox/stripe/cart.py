"""What a checkout session sells: its lines as asked for, and their sums."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.stripe.rules_from_sdk import number


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a session, as asked for."""

    place: int
    params: dict[str, Any]

    @property
    def price_data(self) -> dict[str, Any]:
        """The price made on the fly, empty when there is none."""
        found: dict[str, Any] = self.params.get("price_data", {})
        return found

    @property
    def name(self) -> str:
        """What the buyer reads."""
        return str(self.price_data.get("product_data", {}).get("name", ""))

    @property
    def currency(self) -> str:
        """The currency of its price, in small letters."""
        return str(self.price_data.get("currency", "")).lower()

    @property
    def unit_amount(self) -> int:
        """The price of one, in minor units."""
        exact = number(self.price_data, "unit_amount")
        if exact is None:
            return round(Decimal(self.price_data.get("unit_amount_decimal", "0")))
        return exact

    @property
    def quantity(self) -> int:
        """How many."""
        return number(self.params, "quantity") or 0

    @property
    def amount(self) -> int:
        """The price of all of them."""
        return self.unit_amount * self.quantity

    def named(self, *steps: str) -> str:
        """Return the name of a parameter of this line."""
        return f"line_items[{self.place}]" + "".join(f"[{step}]" for step in steps)


def lines_of(params: dict[str, Any]) -> list[Line]:
    """Return the lines of a validated request."""
    return [Line(place, item) for place, item in enumerate(params.get("line_items", []))]


def total_of(params: dict[str, Any]) -> int:
    """Return the sum of all lines."""
    return sum(line.amount for line in lines_of(params))


def currency_of(params: dict[str, Any]) -> str:
    """Return the currency of a request whose lines were validated."""
    lines = lines_of(params)
    return lines[0].currency if lines else ""
