"""Valid calls of the handlers of `store/orders`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("SalesState.load", lambda w: reads("/studio/sales", w.number_of(w.sold()), frozenset({"a"})))
