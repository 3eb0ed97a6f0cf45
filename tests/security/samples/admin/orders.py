"""Valid calls of the handlers of `admin/orders`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.security.sampling import ADMIN, Sample, reads, sample
from tests.security.world import World

sample("OrdersState.load", lambda w: reads("/admin/orders", w.number_of(w.sold()), ADMIN))
sample(
    "OrdersState.search",
    lambda _w: reads("/admin/orders", "q=IN-7K2M", ADMIN, form={"q": "IN-7K2M"}),
)


def _on_order(world: World, *before: str, shows: str = "") -> Sample:
    """What an operator does on the page of an order."""
    from indii.store.orders.queries import items_of

    order = world.sold()
    with world.rt.read(world.admin.actor) as ctx:
        (line,) = (item.id for item in items_of(ctx, [order]))
    form = {f"line-{line}": "yes", "reason": "Bought the wrong tier."}
    payloads: dict[str, Mapping[str, Any]] = {"review": {"form": form}}
    return Sample(
        payload=payloads.get(before[-1] if before else "", {}),
        at=f"/admin/order/{world.number_of(order)}",
        before=tuple(
            (f"OrderState.{name}", payloads.get(name, {})) for name in ("load", *before[:-1])
        ),
        shows=shows,
        shown_to=ADMIN if shows else frozenset(),
    )


sample("OrderState.load", lambda w: _on_order(w, shows=w.fan.email))
sample("OrderState.choose", lambda w: _on_order(w, "choose", shows="choose"))
sample("OrderState.back", lambda w: _on_order(w, "choose", "back"))
sample("OrderState.cancel", lambda w: _on_order(w, "choose", "cancel"))
sample("OrderState.review", lambda w: _on_order(w, "choose", "review", shows="Refund $"))


@sample("OrderState.give_back")
def _give_back(world: World) -> Sample:
    changes = {"refund", "refund_line", "order_item", "audit_entry", "job"}
    ready = _on_order(world, "choose", "review", "give_back")
    return replace(ready, may=ADMIN, proof="admin", changes=frozenset(changes))


def _on_misfit(world: World, *before: str, shows: str = "") -> Sample:
    """What an operator does with a payment that does not fit its order."""
    from tests.factories.orders import make_order, pay_order

    order = make_order(world.rt, world.fan.actor, [(world.new().id, "mp3_lease")])
    pay_order(world.rt, order, has_papers=False, off=-100)
    return Sample(
        payload={"form": {"reason": "It did not fit."}} if before[-1] != "choose_return" else {},
        at=f"/admin/order/{world.number_of(order)}",
        before=tuple((f"OrderState.{name}", {}) for name in ("load", *before[:-1])),
        shows=shows,
        shown_to=ADMIN if shows else frozenset(),
    )


sample("OrderState.choose_return", lambda w: _on_misfit(w, "choose_return", shows="return"))


@sample("OrderState.give_payment_back")
def _give_payment_back(world: World) -> Sample:
    ready = _on_misfit(world, "choose_return", "give_payment_back")
    changes = frozenset({"refund", "audit_entry", "job"})
    return replace(ready, may=ADMIN, proof="admin", changes=changes)


@sample("OrderState.watch")
def _watch_refund(world: World) -> Sample:
    from tests.factories.orders import refund

    order = world.sold()
    refund(world.rt, world.admin.actor, order, outcome="asked")
    at = f"/admin/order/{world.number_of(order)}"
    return Sample(at=at, before=(("OrderState.load", {}),), lingers_s=2.3)
