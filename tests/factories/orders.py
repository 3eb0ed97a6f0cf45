"""Orders as the storefront makes them, without a payment network; papers ready at once."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.commands import record_certificate
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import grants_of
from indii.catalog.access.commands import record_attempt, reserve_made_mp3, store_made_mp3
from indii.catalog.access.models import DownloadPermission
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.identity.accounts.rules import hash_token
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.ids import new_id, new_token
from indii.kernel.runtime import Runtime
from indii.store.checkout.commands import place_order, remove_bought
from indii.store.licenses.commands import accept_contract, add_to_cart, name_licensee
from indii.store.licenses.queries import cart_page
from indii.store.orders.commands import Payment, fulfil_order, mark_pending, record_session
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.store.orders.queries import items_of
from indii.trust.refunds.commands import fail_refund, mark_accepted, request_refund, return_payment

FEE_BPS = 1000
Line = tuple[UUID, str]

_number = count(1)


def make_order(
    rt: Runtime,
    buyer: Actor,
    lines: Sequence[Line],
    *,
    email: str = "guest@example.com",
    buyer_token: str = "",
    name: str = "Mara Lindqvist",
    alias: str = "",
) -> UUID:
    """An order that waits for its payment, of `(recording, tier)`; a guest has e-mail and token."""
    token = new_token()
    for recording_id, tier in lines:
        with rt.write(buyer) as ctx:
            add_to_cart(ctx, token=token, recording_id=recording_id, tier=LicenseTier(tier))
    with rt.write(buyer) as ctx:
        name_licensee(ctx, token=token, name=name, alias=alias)
    with rt.read(buyer) as reading:
        rows = cart_page(reading, token).rows
    for row in rows:
        with rt.write(buyer) as ctx:
            accept_contract(
                ctx, token=token, recording_id=UUID(row.recording_id), sha256=row.sha256
            )
    hashed = hash_token(buyer_token) if buyer_token else ""
    with rt.write(buyer) as ctx:
        placed = place_order(ctx, token=token, email=email, buyer_hash=hashed)
    open_checkout(rt, placed.order_id)
    return placed.order_id


def open_checkout(rt: Runtime, order_id: UUID) -> str:
    """What the network would have answered; "" for an order that costs nothing."""
    with rt.write(SYSTEM) as ctx:
        session = ctx.db.scalar(
            select(PaymentSession).where(col(PaymentSession.order_id) == order_id)
        )
        if session is None:
            return ""
        ref = f"cs_test_{next(_number):06d}{session.id.hex[-6:]}"
        record_session(ctx, session_id=session.id, ref=ref, url="https://pay.example.com/c")
    return ref


def leave_pending(rt: Runtime, order_id: UUID) -> None:
    """The buyer is done, the money on its way."""
    with rt.write(SYSTEM) as ctx:
        for session in ctx.db.scalars(
            select(PaymentSession).where(col(PaymentSession.order_id) == order_id)
        ).all():
            mark_pending(ctx, ref=session.ref)


def pay_order(rt: Runtime, order_id: UUID, *, has_papers: bool = True, off: int = 0) -> UUID:
    """Pay an order, `off` by so many minor units; its papers and MP3s are there at once."""
    with rt.write(SYSTEM) as ctx:
        order = ctx.db.get_one(Order, order_id)
        ref = f"pi_test_{next(_number):06d}{order_id.hex[-6:]}"
        payment = Payment(ref, order.total_minor + off, order.currency)
        fulfil_order(ctx, order_id=order_id, payment=payment if order.total_minor else None)
        remove_bought(ctx, order_id=order_id)
    if has_papers:
        make_papers(rt, order_id)
    return order_id


def make_paid_order(rt: Runtime, buyer: Actor, lines: Sequence[Line], **how: str) -> UUID:
    """A paid order with everything that comes with it."""
    return pay_order(rt, make_order(rt, buyer, lines, **how))


def make_papers(rt: Runtime, order_id: UUID) -> None:
    """What the workers would have made of a paid order: certificates, MP3s."""
    with rt.read(SYSTEM) as reading:
        items = [item.id for item in items_of(reading, [order_id])]
        grants = grants_of(reading, items)
    for grant in grants.values():
        key = f"certificate/{grant.certificate_id.hex[-2:]}/{grant.certificate_id}.pdf"
        sha256 = _stored(rt, key, b"%PDF-1.7 made by a factory", "application/pdf")
        with rt.write(SYSTEM) as ctx:
            record_certificate(
                ctx, certificate_id=grant.certificate_id, storage_key=key, pdf_sha256=sha256
            )
    for master_id in _waiting_masters(rt, items):
        _make_mp3(rt, master_id)


def _waiting_masters(rt: Runtime, item_ids: Sequence[UUID]) -> set[UUID]:
    with rt.read(SYSTEM) as ctx:
        return set(
            ctx.db.scalars(
                select(col(DownloadPermission.source_file_id)).where(
                    col(DownloadPermission.granted_for).in_(item_ids),
                    col(DownloadPermission.media_file_id).is_(None),
                )
            )
        )


def _make_mp3(rt: Runtime, master_id: UUID) -> None:
    content = master_id.bytes * 64
    key = f"made/{master_id.hex[-2:]}/{master_id}.mp3"
    sha256 = _stored(rt, key, content, "audio/mpeg")
    with rt.write(SYSTEM) as ctx:
        master = ctx.db.get_one(MediaFile, master_id)
        made = MediaFile(
            id=new_id(),
            recording_id=master.recording_id,
            profile_id=master.profile_id,
            kind=FileKind.MADE_MP3,
            storage_key=key,
            filename="made.mp3",
            content_type="audio/mpeg",
            format="mp3",
            bytes=len(content),
            sha256=sha256,
            source_id=master_id,
            created_at=ctx.now,
        )
        reserve_made_mp3(ctx, made=made)
        ctx.db.flush()
        store_made_mp3(ctx, made=made)


def _stored(rt: Runtime, key: str, content: bytes, content_type: str) -> str:
    source = Path(rt.site.state_dir) / f"factory-{new_id()}"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    try:
        return rt.storage.put(key, source, content_type=content_type).sha256
    finally:
        source.unlink(missing_ok=True)


def refund(
    rt: Runtime, admin: Actor, order_id: UUID, *, lines: int = 0, outcome: str = "done"
) -> UUID:
    """A refund of the first `lines` (0: all): done, failed, or only asked for."""
    with rt.read(SYSTEM) as reading:
        items = [item.id for item in items_of(reading, [order_id])]
    with rt.write(admin) as ctx:
        refund_id = request_refund(
            ctx, order_id=order_id, item_ids=items[:lines], reason="Bought the wrong tier."
        )
    with rt.write(SYSTEM) as ctx:
        if outcome == "done":
            mark_accepted(
                ctx, refund_id=refund_id, ref=f"re_test_{refund_id.hex[-10:]}", is_done=True
            )
        elif outcome == "failed":
            fail_refund(ctx, refund_id=refund_id, why="The card's account was closed.")
    return refund_id


def returned(rt: Runtime, admin: Actor, order_id: UUID) -> UUID:
    """The return of a payment that did not fit its order."""
    with rt.write(admin) as ctx:
        refund_id = return_payment(ctx, order_id=order_id, reason="It did not fit the order.")
    with rt.write(SYSTEM) as ctx:
        mark_accepted(ctx, refund_id=refund_id, ref=f"re_test_{refund_id.hex[-10:]}", is_done=True)
    return refund_id


def download(rt: Runtime, buyer: Actor, order_id: UUID) -> None:
    """Somebody fetched every file of an order."""
    with rt.write(buyer) as ctx:
        found = ctx.db.scalars(
            select(col(DownloadPermission.id))
            .join(OrderItem, col(OrderItem.id) == col(DownloadPermission.granted_for))
            .where(col(OrderItem.order_id) == order_id)
        ).all()
        for permission_id in found:
            record_attempt(ctx, permission_id=permission_id, outcome="given")


def number_of(rt: Runtime, order_id: UUID) -> str:
    """What people call this order."""
    with rt.read(SYSTEM) as ctx:
        order = ctx.db.get(Order, order_id)
        assert order is not None
        return order.number
