"""Valid calls of the handlers of `business/licensing`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample("VerifyState.load", lambda _w: reads("/verify"))
sample(
    "VerifyState.look_up",
    lambda _w: reads("/verify", "A certificate number", form_data={"number": "no number"}),
)
sample(
    "VerifyState.find_document",
    lambda _w: reads("/verify", "This document was not issued here", sha256="0" * 64),
)


@sample("CertificateState.load")
def _certificate(world: World) -> Sample:
    from indii.business.licensing.queries import grants_of
    from indii.store.orders.queries import items_of

    order = world.sold()
    with world.rt.read(world.admin.actor) as ctx:
        (item,) = items_of(ctx, [order])
        grant = grants_of(ctx, [item.id])[item.id]
        title = item.title
    return reads(f"/verify/{grant.certificate_id}", title)
