"""Decisions about giving money back by hand."""

from collections.abc import Sequence

from indii.kernel.errors import IndiiError
from indii.kernel.text import clean_line

MAX_REASON = 200


def check_reason(text: str) -> str:
    """Return why money goes back, as buyer and seller will read it.

    Raises:
        IndiiError: on `reason`: it says nothing, or too much for a letter.
    """
    line = clean_line(text)
    if len(line) < 3:
        raise IndiiError("Say why. Buyer and seller read it in their letters.", field="reason")
    if len(line) > MAX_REASON:
        raise IndiiError(f"At most {MAX_REASON} characters, please.", field="reason")
    return line


def check_chosen(chosen: Sequence[str], possible: Sequence[str]) -> tuple[str, ...]:
    """Return the chosen lines that can still be given back, in the order of the order.

    Raises:
        IndiiError: on `lines`: there is none.
    """
    found = tuple(line for line in possible if line in chosen)
    if not found:
        raise IndiiError("Choose at least one license.", field="lines")
    return found
