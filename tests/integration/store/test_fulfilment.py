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
from indii.identity.guests.errors import PassSpent
from indii.kernel import inbox
from indii.kernel.context import NOBODY, SYSTEM, Actor
from indii.kernel.errors import NotFound
from indii.kernel.ids import hash_token
from indii.kernel.inbox import InboundState
from indii.kernel.mail_queue import QueuedLetter
from indii.kernel.outbox import OutboxEvent
from indii.ports.errors import WebhookRefused
from indii.ports.payments import CheckoutState, News, PaymentNews
from indii.store.checkout.errors import AlreadyOwned
from indii.store.downloads import flows as downloads
from indii.store.downloads.commands import claim_purchases
from indii.store.downloads.errors import NotThere
from indii.store.downloads.queries import downloads_page
from indii.store.orders import flows
from indii.store.orders.enums import ItemState, OrderState, SessionState
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Allocation, Order, OrderItem, PaymentSession
from tests.factories.catalog import make_upload
from tests.factories.identity import make_producer, sign_in
from tests.paying import Buyer, Sale, Till


def paid_events(till: Till) -> int:
    """How often the product was told that an order is paid."""
    return len(till.rows(select(OutboxEvent).where(col(OutboxEvent.name) == "OrderPaid")))


def is_fulfilled_once(till: Till, sale: Sale) -> None:
    """Everything that a payment sets off is there, once."""
    assert till.state(sale) == OrderState.PAID
    items = till.items(sale.order_id)
    assert {item.state for item in items} == {ItemState.GRANTED}
    ids = [item.id for item in items]
    grants = till.rows(select(LicenseGrant).where(col(LicenseGrant.order_item_id).in_(ids)))
    assert len(grants) == len(items)
    certificates = till.rows(
        select(LicenseCertificate).where(
            col(LicenseCertificate.grant_id).in_([grant.id for grant in grants])
        )
    )
    assert set(till.jobs("certificate")) >= {str(found.id) for found in certificates}
    posted = till.rows(
        select(LedgerTransaction).where(col(LedgerTransaction.order_id) == sale.order_id)
    )
    assert [found.kind for found in posted] == ["sale"]
    assert len(till.rows(select(Allocation).where(col(Allocation.order_item_id).in_(ids)))) == len(
        items
    )
    assert [s.state for s in till.sessions(sale.order_id)] == [SessionState.PAID]


# ------------------------------------------------------------------ who tells us


def test_the_page_brings_it(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    till.pay(sale)
    assert till.come_back(buyer, sale).startswith("Thank you.")
    is_fulfilled_once(till, sale)
    assert till.books() == {
        "stripe_pending": 2995, "platform_fee": -299, "seller_payable:producer": -2696,
    }  # fmt: skip


def test_the_webhook_brings_it(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    assert till.hear() == ["checkout.session.completed"]
    is_fulfilled_once(till, sale)
    assert "inbox" in till.wakes


def test_the_webhook_is_stored_first_and_worked_later(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.take_in(till.letters())
    assert till.state(sale) == OrderState.AWAITING_PAYMENT
    [event] = till.inbound()
    assert (event.state, event.tries) == (InboundState.WAITING, 0)
    assert set(event.payload) == {"news", "object", "payment"}
    assert flows.work_inbox(till.rt) == 1
    is_fulfilled_once(till, sale)
    [event] = till.inbound()
    assert (event.state, event.tries) == (InboundState.DONE, 1)
    assert flows.work_inbox(till.rt) == 0


@pytest.mark.parametrize("first", ["page", "webhook"])
def test_page_and_webhook_bring_it_once(till: Till, first: str) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    till.pay(sale)
    steps: list[Callable[[], object]] = [lambda: till.come_back(buyer, sale), till.hear]
    for step in steps if first == "page" else steps[::-1]:
        step()
    till.work()
    assert till.come_back(buyer, sale).startswith("Thank you.")
    is_fulfilled_once(till, sale)
    assert paid_events(till) == 1


def test_the_same_webhook_twice_is_one_event(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    letters = till.letters()
    for _ in range(3):
        till.take_in(letters)
    assert len(till.inbound()) == 1
    flows.work_inbox(till.rt)
    till.take_in(letters)
    assert flows.work_inbox(till.rt) == 0
    is_fulfilled_once(till, sale)
    assert paid_events(till) == 1


def test_without_page_and_webhook_the_events_bring_it(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    assert till.letters()  # nobody was at home
    assert flows.catch_up(till.rt) == 1
    assert flows.catch_up(till.rt) == 0
    flows.work_inbox(till.rt)
    is_fulfilled_once(till, sale)


def test_after_a_week_without_anybody_nothing_is_missed(till: Till) -> None:
    known = till.order(till.guest(), till.recording())
    till.pay(known)
    till.hear()
    sale = till.order(till.guest(), till.recording("Later"))
    till.pay(sale)
    till.letters()
    till.pass_time(days=7)
    assert flows.catch_up(till.rt) >= 1
    flows.work_inbox(till.rt)
    is_fulfilled_once(till, sale)


def test_without_any_word_the_sweep_finds_it(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.letters()
    assert flows.sweep_sessions(till.rt) == 0
    till.pass_time(minutes=34)
    assert flows.sweep_sessions(till.rt) == 1
    is_fulfilled_once(till, sale)


def test_a_webhook_that_comes_before_the_answer_finds_the_order(till: Till) -> None:
    """The order's id travels with the checkout, so its own reference need not be known yet."""
    sale = till.order(till.guest(), till.recording())
    with till.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(PaymentSession).values(ref="", url="", state=SessionState.OPENING))
    till.pay(sale)
    till.hear()
    is_fulfilled_once(till, sale)


def test_a_checkout_of_somebody_else_is_left_alone(till: Till) -> None:
    for reference in ("another-shop-7", "01890000-0000-7000-8000-000000000000"):
        theirs = till.net.new_session(900, client_reference_id=reference)
        till.pay(theirs.id)
    assert till.hear() == ["checkout.session.completed"] * 2
    assert {event.state for event in till.inbound()} == {InboundState.DONE}
    assert till.books() == {}


def test_a_forged_webhook_changes_nothing(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    [letter] = till.letters()
    told = json.loads(letter.body)
    told["id"] = "evt_forged"
    for body, signature in (
        (json.dumps(told), letter.signature), (letter.body, ""), (letter.body, "t=1,v1=0"),
    ):  # fmt: skip
        with pytest.raises(WebhookRefused):
            flows.take_in(till.rt, NOBODY, body=body.encode(), signature=signature)
    assert till.inbound() == []


def test_what_an_event_claims_is_not_believed(till: Till) -> None:
    """A signed event about a checkout that nobody paid: the network itself says so."""
    sale = till.order(till.guest(), till.recording())
    claim = PaymentNews(
        "evt_x", "checkout.session.completed", News.CHECKOUT, sale.ref, "", till.clock()
    )
    assert flows.store_news(till.rt, NOBODY, claim)
    assert flows.work_inbox(till.rt) == 1
    assert till.state(sale) == OrderState.AWAITING_PAYMENT


def test_an_event_that_fails_is_tried_again_and_then_left_to_a_person(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.take_in(till.letters())
    till.net.control("faults", kind="error_503", method="GET", times=1000)
    assert flows.work_inbox(till.rt) == 0
    [event] = till.inbound()
    assert (event.state, event.tries) == (InboundState.WAITING, 1)
    assert "did not answer" in event.last_error or "failed" in event.last_error
    assert flows.work_inbox(till.rt) == 0
    [event] = till.inbound()
    assert event.tries == 1
    for _ in range(12):
        till.clock.move(minutes=20)
        flows.work_inbox(till.rt)
    [event] = till.inbound()
    assert (event.state, event.tries) == (InboundState.DEAD, 10)
    till.net.http.request("DELETE", "/_sandbox/faults")
    with till.rt.write(SYSTEM) as ctx:
        assert inbox.replay(ctx.db, event.id, now=ctx.now)
    assert flows.work_inbox(till.rt) == 1
    is_fulfilled_once(till, sale)


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


def test_page_webhook_and_sweep_at_the_same_moment(real_till: Till) -> None:
    till = real_till
    buyer = till.guest()
    sale = till.order(buyer, till.recording(), till.recording("Other"))
    till.pay(sale)
    letters = till.letters()
    found = till.payments.checkout(sale.ref)
    results = together(
        *[lambda: till.come_back(buyer, sale)] * 2,
        *[lambda: (till.take_in(letters), flows.work_inbox(till.rt))] * 2,
        *[lambda: flows.settle(till.rt, found)] * 4,
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    assert {r for r in results if isinstance(r, OrderState)} == {OrderState.PAID}
    assert paid_events(till) == 1
    till.work()
    is_fulfilled_once(till, sale)


def test_paid_and_expired_at_the_same_moment(real_till: Till) -> None:
    """A stale word that it ended, and the news that it was paid: whoever paid, has."""
    till = real_till
    for title in ("One", "Two", "Three"):
        sale = till.order(till.guest(), till.recording(title))
        open_one = till.payments.checkout(sale.ref)
        till.pay(sale)
        paid = till.payments.checkout(sale.ref)
        ended = replace(open_one, state=CheckoutState.EXPIRED)
        results = together(
            lambda paid=paid: flows.settle(till.rt, paid),
            lambda ended=ended: flows.settle(till.rt, ended),
        )
        assert [r for r in results if isinstance(r, Exception)] == []
        assert till.state(sale) == OrderState.PAID
        is_fulfilled_once(till, sale)
    till.work()


# ------------------------------------------------------------------ money that does not fit


@pytest.mark.parametrize("changed", [{"total_minor": 2994}, {"currency": "EUR"}])
def test_money_that_does_not_fit_waits_for_a_person(till: Till, changed: dict[str, object]) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    with till.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(Order).where(col(Order.id) == sale.order_id).values(**changed))
        if "total_minor" in changed:
            ctx.db.execute(update(OrderItem).values(price_minor=2994))
    till.pay(sale)
    assert "does not fit" in till.come_back(buyer, sale)
    till.settle_down()
    order = till.the_order(sale.order_id)
    assert (order.state, bool(order.review_note)) == (OrderState.NEEDS_REVIEW, True)
    assert [i.state for i in till.items(sale.order_id)] == [ItemState.ORDERED]
    assert till.books() == {"stripe_pending": 2995, "suspense": -2995}
    with till.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state, shown.lines[0].files) == (OrderState.NEEDS_REVIEW, [])
    # given back by hand at the network: nothing is left open
    till.net.client.v1.refunds.create({"payment_intent": order.payment_ref})
    till.settle_down()
    assert till.books() == {}


# ------------------------------------------------------------------ money that comes later


def test_a_debit_is_fulfilled_when_it_came(till: Till) -> None:
    buyer, recording = till.guest(), till.recording()
    sale = till.order(buyer, recording)
    assert till.pay(sale, account="000123456789") == "processing"
    assert "Your bank is still moving the money" in till.come_back(buyer, sale)
    assert [s.state for s in till.sessions(sale.order_id)] == [SessionState.PENDING]
    assert till.hear() == ["checkout.session.completed"]
    assert till.state(sale) == OrderState.AWAITING_PAYMENT
    with till.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state_label, shown.lines[0].files) == ("Waiting for payment", [])
    till.pass_time(hours=30)
    assert flows.sweep_sessions(till.rt) == 0
    assert till.net.control(f"debits/{sale.ref}", outcome="succeeded")["ended"]
    assert till.hear() == ["checkout.session.async_payment_succeeded"]
    is_fulfilled_once(till, sale)
    till.work()


def test_a_debit_that_fails_ends_the_order(till: Till) -> None:
    buyer, recording = till.guest(), till.recording()
    sale = till.order(buyer, recording)
    till.pay(sale, account="000222222227")
    till.hear()
    till.net.control(f"debits/{sale.ref}", outcome="failed")
    assert till.hear() == ["checkout.session.async_payment_failed"]
    assert till.state(sale) == OrderState.CANCELED
    assert [s.state for s in till.sessions(sale.order_id)] == [SessionState.ENDED]
    assert till.state(till.bought(buyer, recording)) == OrderState.PAID


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("succeeded", OrderState.PAID), ("failed", OrderState.CANCELED)],
)
def test_a_debit_nobody_told_us_about_is_found(till: Till, outcome: str, state: str) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale, account="000123456789")
    till.hear()
    till.net.control(f"debits/{sale.ref}", outcome=outcome)
    till.letters()
    flows.sweep_slowly(till.rt)
    assert till.state(sale) == state


def test_news_of_a_debit_in_the_wrong_order(till: Till) -> None:
    """`failed` before `completed`: the second finds how it stands now."""
    sale = till.order(till.guest(), till.recording())
    till.pay(sale, account="000222222227")
    till.net.control(f"debits/{sale.ref}", outcome="failed")
    letters = till.letters()
    assert len(letters) == 2
    for letter in letters[::-1]:
        till.take_in([letter])
        flows.work_inbox(till.rt)
        assert till.state(sale) == OrderState.CANCELED


def test_while_a_debit_is_under_way_the_cart_is_free(till: Till) -> None:
    buyer, recording = till.guest(), till.recording()
    slow = till.order(buyer, recording)
    till.pay(slow, account="000123456789")
    till.come_back(buyer, slow)
    other = till.order(buyer, till.recording("Other"))
    assert other.order_id != slow.order_id
    till.pay(other)
    till.come_back(buyer, other)
    assert till.state(other) == OrderState.PAID
    with pytest.raises(AlreadyOwned):
        till.put(buyer, recording)
    till.net.control(f"debits/{slow.ref}", outcome="succeeded")
    till.settle_down()
    assert till.state(slow) == OrderState.PAID


# ------------------------------------------------------------------ fees


def fees(till: Till) -> int:
    """What the books say that the network kept."""
    return till.books().get("processor_fee", 0)


def test_the_fee_is_booked_when_it_is_known(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.hear()
    assert fees(till) == 0
    till.net.control("settle")
    assert till.hear() == ["charge.updated"]
    assert fees(till) == 117  # 2.9 % and 30
    assert till.books()["stripe_pending"] == 2995 - 117
    for event in till.inbound():
        with till.rt.write(SYSTEM) as ctx:
            inbox.replay(ctx.db, event.id, now=ctx.now)
    flows.work_inbox(till.rt)
    assert fees(till) == 117


def test_news_of_the_fee_before_that_of_the_payment_is_not_lost(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.net.control("settle")
    letters = till.letters()
    for letter in sorted(letters, key=lambda letter: letter.event["type"]):
        till.take_in([letter])
        flows.work_inbox(till.rt)
    assert till.state(sale) == OrderState.PAID
    till.pass_time(minutes=6)
    flows.sweep_slowly(till.rt)
    assert fees(till) == 117


def test_a_fee_nobody_told_us_about_is_found(till: Till) -> None:
    till.bought(till.guest(), till.recording())
    flows.sweep_slowly(till.rt)
    assert fees(till) == 0
    till.net.control("settle")
    till.letters()
    till.pass_time(minutes=6)
    flows.sweep_slowly(till.rt)
    flows.sweep_slowly(till.rt)
    assert fees(till) == 117


# ------------------------------------------------------------------ what the buyer gets


def permissions(till: Till, sale: Sale) -> list[DownloadPermission]:
    """What may be downloaded."""
    ids = [item.id for item in till.items(sale.order_id)]
    return list(
        till.rows(
            select(DownloadPermission)
            .where(col(DownloadPermission.granted_for).in_(ids))
            .order_by(col(DownloadPermission.kind))
        )
    )


def test_files_and_certificates_are_asked_for(till: Till) -> None:
    recording = till.recording(prices={"mp3_lease": 2995, "stems_lease": 9995}, with_stems=True)
    sale = till.bought(till.guest(), (recording, "stems_lease"))
    found = permissions(till, sale)
    assert [p.kind for p in found] == [FileKind.MADE_MP3, FileKind.MAIN_WAV, FileKind.STEMS_ZIP]
    made = found[0]
    assert made.media_file_id is None
    assert till.jobs("make_mp3") == [str(made.source_file_id)]
    assert len(till.jobs("certificate")) == 1
    assert len(till.jobs("order_letters")) == 1


def link(till: Till, actor: Actor, permission: DownloadPermission) -> str:
    """The signed address of a bought file."""
    return downloads.file_link(till.rt, actor, permission_id=permission.id)


def test_only_the_buyer_downloads_and_every_attempt_is_noted(till: Till) -> None:
    buyer, stranger, fan = till.guest(), till.guest(), till.fan()
    recording = till.recording(prices={"wav_lease": 4995})
    sale = till.bought(buyer, (recording, "wav_lease"))
    made, wav = permissions(till, sale)
    assert link(till, buyer.actor, wav)
    with pytest.raises(NotThere, match="being made"):
        link(till, buyer.actor, made)
    producer = till.producer
    for actor in (stranger.actor, fan.actor, producer, NOBODY, till.admin):
        with pytest.raises(NotFound):
            link(till, actor, wav)
    noted = till.rows(select(DownloadAttempt).order_by(col(DownloadAttempt.id)))
    assert [(a.permission_id, a.outcome) for a in noted] == [(wav.id, "given"), (made.id, "unmade")]
    assert {a.network for a in noted} == {buyer.actor.network}


def test_a_replaced_master_changes_nothing_that_was_sold(till: Till) -> None:
    buyer = till.guest()
    recording = till.recording(prices={"wav_lease": 4995})
    sale = till.order(buyer, (recording, "wav_lease"))
    upload = make_upload(till.rt, till.producer)
    with till.rt.write(till.producer) as ctx:
        attach_upload(ctx, recording_id=recording, upload_id=upload)
    till.pay(sale)
    till.come_back(buyer, sale)
    [item] = till.items(sale.order_id)
    _, wav = permissions(till, sale)
    assert str(wav.media_file_id) in item.file_ids
    assert link(till, buyer.actor, wav)


# ------------------------------------------------------------------ guests and their letters


def mailed(till: Till, to: str) -> list[str]:
    """The texts of letters to somebody, oldest first."""
    found = till.rows(
        select(QueuedLetter)
        .where(col(QueuedLetter.to) == to)
        .order_by(col(QueuedLetter.created_at), col(QueuedLetter.id))
    )
    return [letter.text for letter in found]


def token_in(text: str) -> str:
    """The token of the link in a letter."""
    return text.partition("/downloads/open?token=")[2].split()[0]


def test_the_receipts_link_works_once_and_shows_what_was_bought(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    sale = till.bought(buyer, till.recording("Night Drive"))
    [text] = mailed(till, "jo@example.com")
    assert till.the_order(sale.order_id).number in text
    with till.rt.write(NOBODY) as ctx:
        cookie = open_link(ctx, token=token_in(text))
    with till.rt.write(NOBODY) as ctx, pytest.raises(PassSpent):
        open_link(ctx, token=token_in(text))
    elsewhere = replace(NOBODY, buyer=hash_token(cookie))
    with till.rt.read(elsewhere) as ctx:
        shown = downloads_page(ctx)
    assert [line.title for order in shown.orders for line in order.lines] == ["Night Drive"]
    assert shown.email == "jo@example.com"
    assert permissions(till, sale)
    with pytest.raises(NotThere, match="being made"):
        link(till, elsewhere, permissions(till, sale)[0])
    with pytest.raises(PassSpent), till.rt.write(NOBODY) as ctx:
        open_link(ctx, token="nothing")


def test_letters_go_out_once(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    sale = till.bought(buyer, till.recording())
    downloads.write_letters(till.rt, order_id=sale.order_id)
    assert len(mailed(till, "jo@example.com")) == 1
    assert len(mailed(till, till.as_buyer(till.producer).email)) == 1


def test_a_link_is_mailed_only_to_buyers_and_says_nothing(till: Till) -> None:
    till.bought(till.guest("jo@example.com"), till.recording())
    for email in ("jo@example.com", "nobody@example.com"):
        downloads.send_link(till.rt, NOBODY, email=email)
    assert len(mailed(till, "jo@example.com")) == 2
    assert mailed(till, "nobody@example.com") == []


def test_purchases_are_claimed_by_a_confirmed_address_only(till: Till) -> None:
    guest = till.guest("mara@example.com")
    sale = till.bought(guest, till.recording())
    fan = till.fan("Mara")
    with till.rt.write(SYSTEM) as ctx:
        ctx.db.get_one(Account, fan.actor.account_id).email = "mara@example.com"

    def claimed(actor: Actor) -> int:
        with till.rt.write(actor) as ctx:
            return claim_purchases(ctx)

    assert claimed(replace(fan.actor, is_verified=False)) == 0
    assert till.the_order(sale.order_id).account_id is None
    assert claimed(till.fan("Other").actor) == 0
    assert claimed(fan.actor) == 1
    assert claimed(fan.actor) == 0
    assert till.the_order(sale.order_id).account_id == fan.actor.account_id
    assert {p.account_id for p in permissions(till, sale)} == {fan.actor.account_id}
    with till.rt.read(fan.actor) as ctx:
        assert len(downloads_page(ctx).orders) == 1
    # the browser that bought it keeps it
    with till.rt.read(guest.actor) as ctx:
        assert len(downloads_page(ctx).orders) == 1


def test_an_account_has_what_it_bought_on_every_device(till: Till) -> None:
    producer = make_producer(till.rt, "Bo")
    buyer = Buyer(producer, till.as_buyer(producer).email)
    sale = till.bought(buyer, (till.recording("Own", prices={"wav_lease": 4995}), "wav_lease"))
    token, again = sign_in(till.rt, buyer.email)
    assert token
    wav = next(p for p in permissions(till, sale) if p.kind == FileKind.MAIN_WAV)
    assert link(till, again, wav)
    with pytest.raises(OrderNotFound):
        link(till, NOBODY, wav)
