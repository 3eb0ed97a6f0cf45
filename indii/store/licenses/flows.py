"""What licenses ask of the payment network and of the storage."""

from uuid import UUID

from indii.business.licensing.flows import link_to
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.runtime import Runtime
from indii.store.licenses import queries
from indii.store.orders.flows import apply_status


def close_checkouts(rt: Runtime, *, recording_id: UUID) -> None:
    """End every checkout that still offers a recording which is sold exclusively or taken down."""
    with rt.read(SYSTEM) as ctx:
        refs = queries.open_checkout_refs(ctx, recording_id)
    for ref in refs:
        apply_status(rt, rt.payments.expire_checkout(ref))


def certificate_link(rt: Runtime, actor: Actor, *, certificate_id: UUID) -> str:
    """Return a short-lived address of the certificate of something that the actor bought.

    Raises:
        OrderNotFound: unknown, or somebody else's.
        CertificateBeingMade: it will be there in a moment.
    """
    with rt.read(actor) as ctx:
        found = queries.bought_certificate(ctx, certificate_id)
    return link_to(rt, found)
