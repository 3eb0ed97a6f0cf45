"""One payment, told by whomever, however often, early or late: fulfilled once."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from indii.business.ledger.models import LedgerTransaction
from indii.business.licensing.models import LicenseCertificate, LicenseGrant
from indii.catalog.access.models import DownloadAttempt, DownloadPermission
from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.commands import attach_upload
from indii.identity.accounts.models import Account
from indii.identity.guests.commands import open_link
from indii.identity.guests.errors import PassUsed
from indii.kernel import inbox
from indii.kernel.context import NOBODY, SYSTEM, Actor
from indii.kernel.errors import NotFound
from indii.kernel.ids import hash_token
from indii.kernel.inbox import InboundStatus
from indii.kernel.mail_queue import QueuedEmail
from indii.ports.errors import WebhookRefused
from indii.ports.payments import CheckoutStatus, PaymentEvent
from indii.store.downloads import flows as downloads
from indii.store.downloads.commands import claim_purchases
from indii.store.downloads.errors import FileUnavailable
from indii.store.downloads.queries import downloads_page
from indii.store.licenses.errors import AlreadyOwned
from indii.store.orders import flows
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Allocation, Order, OrderItem, PaymentSession
from tests.factories.catalog import make_upload
from tests.factories.identity import make_producer, sign_in
from tests.factories.work import emitted
from tests.paying import Buyer, Sale, Storefront
from workers.registry import INBOUND_HANDLERS


def paid_events(storefront: Storefront) -> int:
    """How often the product was told that an order is paid."""
    return [name for name, _ in emitted(storefront.rt)].count("OrderPaid")


def is_fulfilled_once(storefront: Storefront, sale: Sale) -> None:
    """Everything that a payment sets off is there, once."""
    assert storefront.state(sale) == OrderStatus.PAID
    items = storefront.items(sale.order_id)
    assert {item.state for item in items} == {ItemStatus.GRANTED}
    ids = [item.id for item in items]
    grants = storefront.rows(select(LicenseGrant).where(col(LicenseGrant.order_item_id).in_(ids)))
    assert len(grants) == len(items)
    certificates = storefront.rows(
        select(LicenseCertificate).where(
            col(LicenseCertificate.grant_id).in_([grant.id for grant in grants])
        )
    )
    assert set(storefront.jobs("certificate")) >= {str(found.id) for found in certificates}
    posted = storefront.rows(
        select(LedgerTransaction).where(col(LedgerTransaction.order_id) == sale.order_id)
    )
    assert [found.kind for found in posted] == ["sale"]
    assert len(
        storefront.rows(select(Allocation).where(col(Allocation.order_item_id).in_(ids)))
    ) == len(items)
    assert [s.state for s in storefront.sessions(sale.order_id)] == [SessionStatus.PAID]


# ------------------------------------------------------------------ who tells us


def test_the_page_brings_it(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    storefront.pay(sale)
    assert storefront.return_from_payment(buyer, sale).startswith("Thank you.")
    is_fulfilled_once(storefront, sale)
    assert storefront.books() == {
        "stripe_pending": 2995, "platform_fee": -299, "seller_payable:producer": -2696,
    }  # fmt: skip


def test_the_webhook_brings_it(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    assert storefront.process_webhooks() == ["checkout.session.completed"]
    is_fulfilled_once(storefront, sale)
    assert "inbound" in storefront.wakes


def test_the_webhook_is_stored_first_and_worked_later(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.receive_webhooks(storefront.webhooks())
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT
    [event] = storefront.inbound()
    assert (event.state, event.job.tries) == (InboundStatus.WAITING, 0)
    assert set(event.payload) == {"object", "payment"}
    assert storefront.process_inbox() == 1
    is_fulfilled_once(storefront, sale)
    [event] = storefront.inbound()
    assert (event.state, event.job.tries) == (InboundStatus.DONE, 1)
    assert storefront.process_inbox() == 0


@pytest.mark.parametrize("first", ["page", "webhook"])
def test_page_and_webhook_bring_it_once(storefront: Storefront, first: str) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    storefront.pay(sale)
    steps: list[Callable[[], object]] = [
        lambda: storefront.return_from_payment(buyer, sale),
        storefront.process_webhooks,
    ]
    for step in steps if first == "page" else steps[::-1]:
        step()
    storefront.work()
    assert storefront.return_from_payment(buyer, sale).startswith("Thank you.")
    is_fulfilled_once(storefront, sale)
    assert paid_events(storefront) == 1


def test_the_same_webhook_twice_is_one_event(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    webhooks = storefront.webhooks()
    for _ in range(3):
        storefront.receive_webhooks(webhooks)
    assert len(storefront.inbound()) == 1
    storefront.process_inbox()
    storefront.receive_webhooks(webhooks)
    assert storefront.process_inbox() == 0
    is_fulfilled_once(storefront, sale)
    assert paid_events(storefront) == 1


def test_without_page_and_webhook_the_events_bring_it(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    assert storefront.webhooks()  # nobody was at home
    assert flows.backfill(storefront.rt, kinds=sorted(INBOUND_HANDLERS)) == 1
    assert flows.backfill(storefront.rt, kinds=sorted(INBOUND_HANDLERS)) == 0
    storefront.process_inbox()
    is_fulfilled_once(storefront, sale)


def test_after_a_week_without_anybody_nothing_is_missed(storefront: Storefront) -> None:
    known = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(known)
    storefront.process_webhooks()
    sale = storefront.order(storefront.guest(), storefront.recording("Later"))
    storefront.pay(sale)
    storefront.webhooks()
    storefront.pass_time(days=7)
    assert flows.backfill(storefront.rt, kinds=sorted(INBOUND_HANDLERS)) >= 1
    storefront.process_inbox()
    is_fulfilled_once(storefront, sale)


def test_without_any_word_the_sweep_finds_it(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.webhooks()
    assert flows.reconcile_sessions(storefront.rt) == 0
    storefront.pass_time(minutes=34)
    assert flows.reconcile_sessions(storefront.rt) == 1
    is_fulfilled_once(storefront, sale)


def test_a_webhook_that_comes_before_the_answer_finds_the_order(storefront: Storefront) -> None:
    """The order's id travels with the checkout, so its own reference need not be known yet."""
    sale = storefront.order(storefront.guest(), storefront.recording())
    with storefront.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(PaymentSession).values(ref="", url="", state=SessionStatus.OPENING))
    storefront.pay(sale)
    storefront.process_webhooks()
    is_fulfilled_once(storefront, sale)


def test_a_checkout_of_somebody_else_is_left_alone(storefront: Storefront) -> None:
    for reference in ("another-shop-7", "01890000-0000-7000-8000-000000000000"):
        theirs = storefront.net.new_session(900, client_reference_id=reference)
        storefront.pay(theirs.id)
    assert storefront.process_webhooks() == ["checkout.session.completed"] * 2
    assert {event.state for event in storefront.inbound()} == {InboundStatus.DONE}
    assert storefront.books() == {}


def test_a_forged_webhook_changes_nothing(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    [webhook] = storefront.webhooks()
    told = json.loads(webhook.body)
    told["id"] = "evt_forged"
    for body, signature in (
        (json.dumps(told), webhook.signature), (webhook.body, ""), (webhook.body, "t=1,v1=0"),
    ):  # fmt: skip
        with pytest.raises(WebhookRefused):
            flows.receive_webhook(storefront.rt, NOBODY, body=body.encode(), signature=signature)
    assert storefront.inbound() == []


def test_what_an_event_claims_is_not_believed(storefront: Storefront) -> None:
    """A signed event about a checkout that nobody paid: the network itself says so."""
    sale = storefront.order(storefront.guest(), storefront.recording())
    claim = PaymentEvent("evt_x", "checkout.session.completed", sale.ref, "", storefront.clock())
    assert flows.store_event(storefront.rt, NOBODY, claim)
    assert storefront.process_inbox() == 1
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT


def test_an_event_that_fails_is_tried_again_and_then_left_to_a_person(
    storefront: Storefront,
) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.receive_webhooks(storefront.webhooks())
    storefront.net.control("faults", kind="error_503", method="GET", times=1000)
    assert storefront.process_inbox() == 0
    [event] = storefront.inbound()
    assert (event.state, event.job.tries) == (InboundStatus.WAITING, 1)
    assert "did not answer" in event.job.last_error or "failed" in event.job.last_error
    assert storefront.process_inbox() == 0
    [event] = storefront.inbound()
    assert event.job.tries == 1
    for _ in range(12):
        storefront.clock.move(minutes=20)
        storefront.process_inbox()
    [event] = storefront.inbound()
    assert (event.state, event.job.state, event.job.tries) == ("waiting", "dead", 10)
    storefront.net.http.request("DELETE", "/_sandbox/faults")
    with storefront.rt.write(SYSTEM) as ctx:
        assert inbox.replay(ctx, event.id)
    assert storefront.process_inbox() == 1
    is_fulfilled_once(storefront, sale)


# ------------------------------------------------------------------ all at once


def together(*calls: Callable[[], object]) -> list[object]:
    """Do these at the same moment, each on a connection of its own; what each came to."""
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            results[place] = call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_page_webhook_and_sweep_at_the_same_moment(real_storefront: Storefront) -> None:
    storefront = real_storefront
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording(), storefront.recording("Other"))
    storefront.pay(sale)
    webhooks = storefront.webhooks()
    found = storefront.payments.checkout(sale.ref)
    results = together(
        *[lambda: storefront.return_from_payment(buyer, sale)] * 2,
        *[lambda: (storefront.receive_webhooks(webhooks), storefront.process_inbox())] * 2,
        *[lambda: flows.apply_status(storefront.rt, found)] * 4,
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    assert {r for r in results if isinstance(r, OrderStatus)} == {OrderStatus.PAID}
    assert paid_events(storefront) == 1
    storefront.work()
    is_fulfilled_once(storefront, sale)


def test_paid_and_expired_at_the_same_moment(real_storefront: Storefront) -> None:
    """A stale word that it ended, and the news that it was paid: whoever paid, has."""
    storefront = real_storefront
    for title in ("One", "Two", "Three"):
        sale = storefront.order(storefront.guest(), storefront.recording(title))
        open_one = storefront.payments.checkout(sale.ref)
        storefront.pay(sale)
        paid = storefront.payments.checkout(sale.ref)
        ended = replace(open_one, state=CheckoutStatus.EXPIRED)
        results = together(
            lambda paid=paid: flows.apply_status(storefront.rt, paid),
            lambda ended=ended: flows.apply_status(storefront.rt, ended),
        )
        assert [r for r in results if isinstance(r, Exception)] == []
        assert storefront.state(sale) == OrderStatus.PAID
        is_fulfilled_once(storefront, sale)
    storefront.work()


# ------------------------------------------------------------------ money that does not fit


@pytest.mark.parametrize("changed", [{"total_minor": 2994}, {"currency": "EUR"}])
def test_money_that_does_not_fit_waits_for_a_person(
    storefront: Storefront, changed: dict[str, object]
) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    with storefront.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(Order).where(col(Order.id) == sale.order_id).values(**changed))
        if "total_minor" in changed:
            ctx.db.execute(update(OrderItem).values(price_minor=2994, unit_price_minor=2994))
    storefront.pay(sale)
    assert "does not match" in storefront.return_from_payment(buyer, sale)
    storefront.drain()
    order = storefront.the_order(sale.order_id)
    assert (order.state, bool(order.review_note)) == (OrderStatus.NEEDS_REVIEW, True)
    assert [i.state for i in storefront.items(sale.order_id)] == [ItemStatus.ORDERED]
    assert storefront.books() == {"stripe_pending": 2995, "suspense": -2995}
    with storefront.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state, shown.lines[0].files) == (OrderStatus.NEEDS_REVIEW, [])
    # given back by hand at the network: nothing is left open
    storefront.net.client.v1.refunds.create({"payment_intent": order.payment_ref})
    storefront.drain()
    assert storefront.books() == {}


# ------------------------------------------------------------------ money that comes later


def test_a_debit_is_fulfilled_when_it_came(storefront: Storefront) -> None:
    buyer, recording = storefront.guest(), storefront.recording()
    sale = storefront.order(buyer, recording)
    assert storefront.pay(sale, account="000123456789") == "processing"
    assert "Your bank is still processing the payment" in storefront.return_from_payment(
        buyer, sale
    )
    assert [s.state for s in storefront.sessions(sale.order_id)] == [SessionStatus.PENDING]
    assert storefront.process_webhooks() == ["checkout.session.completed"]
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT
    with storefront.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state_label, shown.lines[0].files) == ("Waiting for payment", [])
    storefront.pass_time(hours=30)
    assert flows.reconcile_sessions(storefront.rt) == 0
    assert storefront.net.control(f"debits/{sale.ref}", outcome="succeeded")["ended"]
    assert storefront.process_webhooks() == ["checkout.session.async_payment_succeeded"]
    is_fulfilled_once(storefront, sale)
    storefront.work()


def test_a_debit_that_fails_ends_the_order(storefront: Storefront) -> None:
    buyer, recording = storefront.guest(), storefront.recording()
    sale = storefront.order(buyer, recording)
    storefront.pay(sale, account="000222222227")
    storefront.process_webhooks()
    storefront.net.control(f"debits/{sale.ref}", outcome="failed")
    assert storefront.process_webhooks() == ["checkout.session.async_payment_failed"]
    assert storefront.state(sale) == OrderStatus.CANCELED
    assert [s.state for s in storefront.sessions(sale.order_id)] == [SessionStatus.ENDED]
    assert storefront.state(storefront.bought(buyer, recording)) == OrderStatus.PAID


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("succeeded", OrderStatus.PAID), ("failed", OrderStatus.CANCELED)],
)
def test_a_debit_nobody_told_us_about_is_found(
    storefront: Storefront, outcome: str, state: str
) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale, account="000123456789")
    storefront.process_webhooks()
    storefront.net.control(f"debits/{sale.ref}", outcome=outcome)
    storefront.webhooks()
    flows.reconcile_delayed(storefront.rt)
    assert storefront.state(sale) == state


def test_news_of_a_debit_in_the_wrong_order(storefront: Storefront) -> None:
    """`failed` before `completed`: the second finds how it stands now."""
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale, account="000222222227")
    storefront.net.control(f"debits/{sale.ref}", outcome="failed")
    webhooks = storefront.webhooks()
    assert len(webhooks) == 2
    for webhook in webhooks[::-1]:
        storefront.receive_webhooks([webhook])
        storefront.process_inbox()
        assert storefront.state(sale) == OrderStatus.CANCELED


def test_while_a_debit_is_under_way_the_cart_is_free(storefront: Storefront) -> None:
    buyer, recording = storefront.guest(), storefront.recording()
    slow = storefront.order(buyer, recording)
    storefront.pay(slow, account="000123456789")
    storefront.return_from_payment(buyer, slow)
    other = storefront.order(buyer, storefront.recording("Other"))
    assert other.order_id != slow.order_id
    storefront.pay(other)
    storefront.return_from_payment(buyer, other)
    assert storefront.state(other) == OrderStatus.PAID
    with pytest.raises(AlreadyOwned):
        storefront.add_to_cart(buyer, recording)
    storefront.net.control(f"debits/{slow.ref}", outcome="succeeded")
    storefront.drain()
    assert storefront.state(slow) == OrderStatus.PAID


# ------------------------------------------------------------------ fees


def fees(storefront: Storefront) -> int:
    """What the books say that the network kept."""
    return storefront.books().get("processor_fee", 0)


def test_the_fee_is_booked_when_it_is_known(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.process_webhooks()
    assert fees(storefront) == 0
    storefront.net.control("settle")
    assert storefront.process_webhooks() == ["charge.updated"]
    assert fees(storefront) == 117  # 2.9 % and 30
    assert storefront.books()["stripe_pending"] == 2995 - 117
    for event in storefront.inbound():
        with storefront.rt.write(SYSTEM) as ctx:
            inbox.replay(ctx, event.id)
    storefront.process_inbox()
    assert fees(storefront) == 117


def test_news_of_the_fee_before_that_of_the_payment_is_not_lost(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.net.control("settle")
    webhooks = storefront.webhooks()
    for webhook in sorted(webhooks, key=lambda webhook: webhook.event["type"]):
        storefront.receive_webhooks([webhook])
        storefront.process_inbox()
    assert storefront.state(sale) == OrderStatus.PAID
    storefront.pass_time(minutes=6)
    flows.reconcile_delayed(storefront.rt)
    assert fees(storefront) == 117


def test_a_fee_nobody_told_us_about_is_found(storefront: Storefront) -> None:
    storefront.bought(storefront.guest(), storefront.recording())
    flows.reconcile_delayed(storefront.rt)
    assert fees(storefront) == 0
    storefront.net.control("settle")
    storefront.webhooks()
    storefront.pass_time(minutes=6)
    flows.reconcile_delayed(storefront.rt)
    flows.reconcile_delayed(storefront.rt)
    assert fees(storefront) == 117


# ------------------------------------------------------------------ what the buyer gets


def permissions(storefront: Storefront, sale: Sale) -> list[DownloadPermission]:
    """What may be downloaded."""
    ids = [item.id for item in storefront.items(sale.order_id)]
    return list(
        storefront.rows(
            select(DownloadPermission)
            .where(col(DownloadPermission.granted_for).in_(ids))
            .order_by(col(DownloadPermission.kind))
        )
    )


def test_files_and_certificates_are_asked_for(storefront: Storefront) -> None:
    recording = storefront.recording(
        prices={"mp3_lease": 2995, "stems_lease": 9995}, with_stems=True
    )
    sale = storefront.bought(storefront.guest(), (recording, "stems_lease"))
    found = permissions(storefront, sale)
    assert [p.kind for p in found] == [FileKind.MADE_MP3, FileKind.MAIN_WAV, FileKind.STEMS_ZIP]
    made = found[0]
    assert made.media_file_id is None
    assert storefront.jobs("make_mp3") == [str(made.source_file_id)]
    assert len(storefront.jobs("certificate")) == 1
    assert (len(storefront.jobs("store.write_receipt")), len(storefront.jobs("sale_email"))) == (
        1,
        1,
    )


def link(storefront: Storefront, actor: Actor, permission: DownloadPermission) -> str:
    """The signed address of a bought file."""
    return downloads.file_link(storefront.rt, actor, permission_id=permission.id)


def test_only_the_buyer_downloads_and_every_attempt_is_noted(storefront: Storefront) -> None:
    buyer, stranger, fan = storefront.guest(), storefront.guest(), storefront.fan()
    recording = storefront.recording(prices={"wav_lease": 4995})
    sale = storefront.bought(buyer, (recording, "wav_lease"))
    made, wav = permissions(storefront, sale)
    assert link(storefront, buyer.actor, wav)
    with pytest.raises(FileUnavailable, match="being prepared"):
        link(storefront, buyer.actor, made)
    producer = storefront.producer
    for actor in (stranger.actor, fan.actor, producer, NOBODY, storefront.admin):
        with pytest.raises(NotFound):
            link(storefront, actor, wav)
    noted = storefront.rows(select(DownloadAttempt).order_by(col(DownloadAttempt.id)))
    assert [(a.permission_id, a.outcome) for a in noted] == [(wav.id, "given"), (made.id, "unmade")]
    assert {a.network for a in noted} == {buyer.actor.network}


def test_a_replaced_master_changes_nothing_that_was_sold(storefront: Storefront) -> None:
    buyer = storefront.guest()
    recording = storefront.recording(prices={"wav_lease": 4995})
    sale = storefront.order(buyer, (recording, "wav_lease"))
    upload = make_upload(storefront.rt, storefront.producer)
    with storefront.rt.write(storefront.producer) as ctx:
        attach_upload(ctx, recording_id=recording, upload_id=upload)
    storefront.pay(sale)
    storefront.return_from_payment(buyer, sale)
    [(_, line)] = storefront.licenses(sale.order_id)
    _, wav = permissions(storefront, sale)
    assert str(wav.media_file_id) in line.file_ids
    assert link(storefront, buyer.actor, wav)


# ------------------------------------------------------------------ guests and their webhooks


def mailed(storefront: Storefront, to: str) -> list[str]:
    """The texts of webhooks to somebody, oldest first."""
    found = storefront.rows(
        select(QueuedEmail)
        .where(col(QueuedEmail.to) == to)
        .order_by(col(QueuedEmail.created_at), col(QueuedEmail.id))
    )
    return [webhook.text for webhook in found]


def token_in(text: str) -> str:
    """The token of the link in a webhook."""
    return text.partition("/downloads/open?token=")[2].split()[0]


def test_the_receipts_link_works_once_and_shows_what_was_bought(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    sale = storefront.bought(buyer, storefront.recording("Night Drive"))
    [text] = mailed(storefront, "jo@example.com")
    assert storefront.the_order(sale.order_id).number in text
    with storefront.rt.write(NOBODY) as ctx:
        cookie = open_link(ctx, token=token_in(text))
    with storefront.rt.write(NOBODY) as ctx, pytest.raises(PassUsed):
        open_link(ctx, token=token_in(text))
    elsewhere = replace(NOBODY, buyer=hash_token(cookie))
    with storefront.rt.read(elsewhere) as ctx:
        shown = downloads_page(ctx)
    assert [line.title for order in shown.orders for line in order.lines] == ["Night Drive"]
    assert shown.email == "jo@example.com"
    assert permissions(storefront, sale)
    with pytest.raises(FileUnavailable, match="being prepared"):
        link(storefront, elsewhere, permissions(storefront, sale)[0])
    with pytest.raises(PassUsed), storefront.rt.write(NOBODY) as ctx:
        open_link(ctx, token="nothing")


def test_emails_go_out_once(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    sale = storefront.bought(buyer, storefront.recording())
    storefront.drain()
    assert storefront.return_from_payment(buyer, sale)
    storefront.drain()
    assert len(mailed(storefront, "jo@example.com")) == 1
    assert len(mailed(storefront, storefront.as_buyer(storefront.producer).email)) == 1


def test_a_free_license_is_claimed_not_sold(storefront: Storefront) -> None:
    recording = storefront.recording("Night Drive", prices={"mp3_lease": 0})
    storefront.order(storefront.guest("jo@example.com"), recording)
    storefront.drain()
    to = storefront.as_buyer(storefront.producer).email
    [email] = storefront.rows(select(QueuedEmail).where(col(QueuedEmail.to) == to))
    assert email.subject.startswith("Free license claimed: Night Drive, MP3 lease, to ")
    assert "was placed on" in email.text
    assert "$" not in email.text


def test_a_link_is_mailed_only_to_buyers_and_says_nothing(storefront: Storefront) -> None:
    storefront.bought(storefront.guest("jo@example.com"), storefront.recording())
    for email in ("jo@example.com", "nobody@example.com"):
        downloads.send_link(storefront.rt, NOBODY, email=email)
    assert len(mailed(storefront, "jo@example.com")) == 2
    assert mailed(storefront, "nobody@example.com") == []


def test_purchases_are_claimed_by_a_confirmed_address_only(storefront: Storefront) -> None:
    guest = storefront.guest("mara@example.com")
    sale = storefront.bought(guest, storefront.recording())
    fan = storefront.fan("Mara")
    with storefront.rt.write(SYSTEM) as ctx:
        ctx.db.get_one(Account, fan.actor.account_id).email = "mara@example.com"

    def claimed(actor: Actor) -> int:
        with storefront.rt.write(actor) as ctx:
            return claim_purchases(ctx)

    assert claimed(replace(fan.actor, is_verified=False)) == 0
    assert storefront.the_order(sale.order_id).account_id is None
    assert claimed(storefront.fan("Other").actor) == 0
    assert claimed(fan.actor) == 1
    assert claimed(fan.actor) == 0
    assert storefront.the_order(sale.order_id).account_id == fan.actor.account_id
    assert {p.account_id for p in permissions(storefront, sale)} == {fan.actor.account_id}
    with storefront.rt.read(fan.actor) as ctx:
        assert len(downloads_page(ctx).orders) == 1
    # the browser that bought it keeps it
    with storefront.rt.read(guest.actor) as ctx:
        assert len(downloads_page(ctx).orders) == 1


def test_an_account_has_what_it_bought_on_every_device(storefront: Storefront) -> None:
    producer = make_producer(storefront.rt, "Bo")
    buyer = Buyer(producer, storefront.as_buyer(producer).email)
    sale = storefront.bought(
        buyer, (storefront.recording("Own", prices={"wav_lease": 4995}), "wav_lease")
    )
    token, again = sign_in(storefront.rt, buyer.email)
    assert token
    wav = next(p for p in permissions(storefront, sale) if p.kind == FileKind.MAIN_WAV)
    assert link(storefront, again, wav)
    with pytest.raises(OrderNotFound):
        link(storefront, NOBODY, wav)
