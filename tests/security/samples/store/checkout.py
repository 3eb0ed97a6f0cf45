"""Valid calls of the handlers of `store/checkout`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("CartState.refresh", lambda _w: reads())
