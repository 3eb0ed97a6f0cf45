"""Valid calls of the handlers of `admin/ledger`."""

from __future__ import annotations

from tests.security.sampling import ADMIN, Sample, reads, sample
from tests.security.world import World

sample(
    "AuditState.load",
    lambda w: reads(f"/admin/audit?q={(n := w.number_of(w.sold()))}", f"/admin/order/{n}", ADMIN),
)
sample(
    "AuditState.search",
    lambda _w: reads("/admin/audit", "q=refund", ADMIN, form={"q": "refund asked"}),
)
sample("LedgerState.load", lambda w: reads("/admin/ledger", w.number_of(w.sold()), ADMIN))
sample(
    "LedgerState.find",
    lambda _w: reads("/admin/ledger", "order=IN-7K2M", ADMIN, form={"order": "IN-7K2M"}),
)
sample("LedgerState.check", lambda _w: reads("/admin/ledger", "Every movement balances", ADMIN))


@sample("MovementState.load")
def _movement(world: World) -> Sample:
    from indii.business.ledger.queries import transactions_page

    order = world.sold()
    with world.rt.read(world.admin.actor) as ctx:
        (row,) = transactions_page(ctx, order_id=order).rows
    return reads(f"/admin/ledger/{row.id}", world.number_of(order), ADMIN)
