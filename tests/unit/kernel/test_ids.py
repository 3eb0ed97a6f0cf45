"""Ids that somebody sent as text."""

import pytest

from indii.kernel.errors import NotFound
from indii.kernel.ids import new_id, read_id, require_id


class Gone(NotFound):
    """It is not there."""

    def __init__(self) -> None:
        super().__init__("Gone.")


def test_an_id_is_read_back() -> None:
    ident = new_id()
    assert read_id(str(ident)) == read_id(ident.hex.upper()) == ident
    assert require_id(str(ident), Gone) == ident


@pytest.mark.parametrize("text", ["", "nonsense", "0" * 31, "0" * 33, "' OR 1=1 --", "\x00" * 32])
def test_what_is_no_id_is_none_or_refused(text: str) -> None:
    assert read_id(text) is None
    with pytest.raises(Gone):
        require_id(text, Gone)
