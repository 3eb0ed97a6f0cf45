"""No network inside a transaction: every port refuses to be called while one is open.

Imports cannot see an indirect call, so the rule is also checked when the code runs.
"""

from contextvars import ContextVar
from typing import Any, TypeVar, cast

T = TypeVar("T")

transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


class PortInTransactionError(RuntimeError):
    """A port was called while a database transaction was open: a bug, never a user's fault."""


class _TransactionCheck:
    """Forwards every call to the adapter unless a transaction is open."""

    def __init__(self, adapter: object) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._adapter, name)
        if value is self._adapter:
            # one adapter behind two ports: the other one is checked as well
            return self
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            if transaction_open.get():
                adapter = type(self._adapter).__name__
                message = f"{adapter}.{name} was called inside a transaction"
                raise PortInTransactionError(message)
            return value(*args, **kwargs)

        return call


def forbid_in_transaction(adapter: T) -> T:
    """Return the adapter behind the transaction check; attributes that are not callable pass."""
    return cast(T, _TransactionCheck(adapter))
