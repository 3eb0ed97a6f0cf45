"""Valid calls of the handlers of `store/tips`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample("TipState.load", lambda w: reads(f"/tip/{w.slug_of(w.a)}", w.a.name))


@sample("TipThanksState.load")
def _thanks(world: World) -> Sample:
    from indii.store.tips.commands import NewTip, give_tip

    said = NewTip(slug=world.slug_of(world.a), amount="500", message="Cerulean thanks")
    with world.rt.write(world.fan.actor) as ctx:
        order_id = give_tip(ctx, tip=said, buyer_hash="")
    return reads(f"/tip-thanks/{order_id}", said.message, frozenset({"fan"}))
