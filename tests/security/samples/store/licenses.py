"""Valid calls of the handlers of `store/licenses`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.security.sampling import EVERYBODY, Call, Sample, reads, sample
from tests.security.world import World

# B sells what is bought here, so B alone is refused it.
BUYERS = EVERYBODY - {"b"}
CART = frozenset({"cart", "cart_line"})
PRICES = {"mp3_lease": 2995, "wav_lease": 5995}

sample("LicenseState.open", lambda w: reads("/explore", w.live.title, recording_id=str(w.live.id)))
sample("LicenseState.close", lambda _w: reads())
sample("CheckoutState.load", lambda _w: reads("/cart"))
sample("CheckoutState.refresh", lambda _w: reads("/cart"))


def _wanted(world: World, **more: Any) -> tuple[str, Call]:
    """A recording of B, and what puts a license of it into a cart."""
    found = str(world.recording("Wanted Piece", owner=world.b, prices=PRICES).id)
    payload = {"recording_id": found, "tier": "mp3_lease", "held": ""}
    return found, ("LicenseState.add", payload | more)


@sample("LicenseState.add")
def _add_to_cart(world: World) -> Sample:
    _, (_, payload) = _wanted(world)
    return Sample(payload=payload, may=BUYERS, changes=CART, at="/explore")


def _in_cart(world: World, changes: frozenset[str] = CART, **payload: Any) -> Sample:
    wanted, put = _wanted(world)
    known: dict[str, Any] = {"recording_id": wanted} if "recording_id" in payload else {}
    if "form" in payload and changes == CART:
        known = {"form": payload["form"] | {"recording_id": wanted}}
    return Sample(payload=payload | known, may=BUYERS, changes=changes, at="/cart", before=(put,))


NAMED = {"licensee_name": "Jo Lane", "licensee_alias": "Lane"}
sample("CheckoutState.remove", lambda w: _in_cart(w, recording_id=""))
sample("CheckoutState.change", lambda w: _in_cart(w, recording_id="", tier="wav_lease"))
sample(
    "CheckoutState.name", lambda w: _in_cart(w, frozenset({"cart", "cart_licensee"}), form=NAMED)
)
sample("CheckoutState.name_other", lambda w: _in_cart(w, form=NAMED))


@sample("CheckoutState.accept")
def _accept(world: World) -> Sample:
    from indii.store.licenses.commands import add_to_cart, name_licensee
    from indii.store.licenses.queries import cart_page

    wanted, _ = _wanted(world)
    with world.rt.write(world.a.actor) as ctx:
        add_to_cart(ctx, token="", recording_id=UUID(wanted), tier="mp3_lease")
        name_licensee(ctx, token="", name="Ash Verell", alias="")
    with world.rt.read(world.a.actor) as reading:
        rows = {row.recording_id: row for row in cart_page(reading, "").rows}
    # Everybody else's cart holds no such contract.
    return Sample(
        payload={"recording_id": wanted, "sha256": rows[wanted].sha256, "accepts": True},
        may=frozenset({"a"}),
        changes=frozenset({"cart_line"}),
        at="/cart",
    )
