"""Ports refuse to be called while a transaction is open."""

import pytest

from indii.ports.boundary import PortInTransactionError, forbid_in_transaction, transaction_open


class Bell:
    name = "bell"

    def ring(self, times: int) -> str:
        return "ding" * times

    @property
    def itself(self) -> "Bell":
        return self


def test_outside_a_transaction_calls_pass() -> None:
    assert forbid_in_transaction(Bell()).ring(2) == "dingding"


def test_inside_a_transaction_every_call_is_a_bug() -> None:
    bell = forbid_in_transaction(Bell())
    token = transaction_open.set(True)
    try:
        assert bell.name == "bell"
        with pytest.raises(PortInTransactionError, match=r"Bell\.ring"):
            bell.ring(1)
        with pytest.raises(PortInTransactionError):
            bell.itself.ring(1)
    finally:
        transaction_open.reset(token)
