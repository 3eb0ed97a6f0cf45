"""A valid call of every handler: what it carries, who may have its effect, which tables that is.

A handler that is not listed here fails `test_every_handler`. For each one the world is prepared so
that the rightful caller really succeeds: an attack with a payload that would be refused anyway
proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from indii.catalog.recordings.enums import FileKind
from indii.identity.reports.commands import file_report
from tests.security.world import CALLERS, World
from tests.serving import Person

EVERYBODY = frozenset(CALLERS)
MEMBERS = EVERYBODY - {"anonymous"}
Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """One handler's valid call."""

    payload: Mapping[str, Any] = field(default_factory=dict)
    # Whose call may change something, and what; `proof` must succeed, so the payload is valid.
    may: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    proof: str = "a"
    # Where the tab is, and what it did before ("State.handler", payload).
    at: str = "/"
    before: tuple[Call, ...] = ()
    # What a rightful caller is shown, as a further proof.
    shows: str = ""
    shown_to: frozenset[str] = frozenset()
    # Tables in which a stranger's rightful change may name A: a report about A, say.
    about_a: frozenset[str] = frozenset()
    # Background handlers are watched this long for what they send later.
    lingers_s: float = 0.0
    # People made for this handler alone, because it changes who they are.
    people: Mapping[str, Person] | None = None


def _reads(
    at: str = "/", shows: str = "", to: frozenset[str] = EVERYBODY, **payload: Any
) -> Sample:
    return Sample(payload=payload, at=at, shows=shows, shown_to=to if shows else frozenset())


SAMPLES: dict[str, Callable[[World], Sample]] = {}


def _sample(name: str) -> Callable[[Callable[[World], Sample]], Callable[[World], Sample]]:
    def register(make: Callable[[World], Sample]) -> Callable[[World], Sample]:
        assert name not in SAMPLES, name
        SAMPLES[name] = make
        return make

    return register


# ------------------------------------------------------------------ the frame, public pages

SAMPLES["NoticeState.dismiss"] = lambda _w: _reads()
SAMPLES["ViewerState.load"] = lambda w: _reads(shows=w.a.name, to=frozenset({"a"}))
SAMPLES["LegalState.load"] = lambda _w: _reads("/terms", "people@example.com")
SAMPLES["HomeState.load"] = lambda w: _reads("/", w.live.title)
SAMPLES["ExploreState.load"] = lambda w: _reads("/explore?q=harbour", w.live.title)
SAMPLES["ExploreState.search"] = lambda _w: _reads(
    "/explore", "q=sunken", form_data={"q": "sunken obelisk"}
)
SAMPLES["ExploreState.set_tempo"] = lambda _w: _reads("/explore", "bpm=80-140", lo=80, hi=140)
SAMPLES["ExploreState.sort_by"] = lambda _w: _reads("/explore", "sort=popular", order="popular")
SAMPLES["RecordingState.load"] = lambda w: _reads(f"/recording/{w.live.slug}", w.live.title)
SAMPLES["ProducerState.load"] = lambda w: _reads(f"/producer/{producer_slug(w)}", w.live.title)


def producer_slug(world: World) -> str:
    """The address part of A's own page."""
    from indii.identity.profiles.queries import own_profile

    with world.rt.read(world.a.actor) as ctx:
        return own_profile(ctx).slug


# ------------------------------------------------------------------ identity

SAMPLES["AuthState.load"] = lambda _w: _reads("/sign-in?next=/studio")
SAMPLES["AccountState.load"] = lambda w: _reads("/account", w.a.email, frozenset({"a"}))
SAMPLES["ProfileState.load"] = lambda w: _reads("/account", producer_slug(w), frozenset({"a"}))
SAMPLES["ReportState.open"] = lambda w: _reads(subject_id=str(w.live.id))
SAMPLES["ReportState.close"] = lambda _w: _reads()


@_sample("AccountState.end_session")
def _end_session(world: World) -> Sample:
    return Sample(
        payload={"session_id": str(world.second_session(world.a))},
        may=frozenset({"a"}),
        changes=frozenset({"login_session"}),
        at="/account",
    )


@_sample("AccountState.become_producer")
def _become_producer(world: World) -> Sample:
    return Sample(
        may=frozenset({"admin", "fan"}),
        changes=frozenset({"account", "profile", "audit_entry"}),
        proof="fan",
        at="/account",
        people=world.new_people(),
    )


@_sample("ProfileState.save")
def _save_profile(world: World) -> Sample:
    people = world.new_people()
    form = {"name": "Changed Name", "slug": f"changed-{uuid4().hex[:8]}", "bio": "New words."}
    # The address is free once only: whoever comes after the first is refused it.
    return Sample(
        payload={"form": form},
        may=MEMBERS,
        changes=frozenset({"profile", "outbox_event"}),
        at="/account",
        people=people,
    )


@_sample("ReportState.send")
def _report(world: World) -> Sample:
    return Sample(
        payload={
            "kind": "recording",
            "subject_id": str(world.new().id),
            "form": {"reason": "copyright", "details": "I made this in 2019."},
        },
        may=EVERYBODY,
        changes=frozenset({"report"}),
    )


# ------------------------------------------------------------------ the studio

SAMPLES["DashboardState.load"] = lambda w: _reads("/studio", w.draft.title, frozenset({"a"}))
SAMPLES["UploadState.load"] = lambda w: _reads("/studio/upload", w.draft.title, frozenset({"a"}))
SAMPLES["EditState.load"] = lambda w: _reads(
    f"/studio/recording/{w.draft.slug}", w.draft.title, frozenset({"a"})
)
SAMPLES["SettingsState.load"] = lambda _w: _reads(
    "/studio/settings", "requires_credit", frozenset({"a", "b"})
)
for _watch, _page in (("DashboardState", "/studio"), ("UploadState", "/studio/upload")):
    SAMPLES[f"{_watch}.watch"] = lambda _w, state=_watch, at=_page: Sample(
        at=at, before=((f"{state}.load", {}),), lingers_s=2.3
    )


@_sample("EditState.watch")
def _watch_editing(world: World) -> Sample:
    return Sample(at=_editing(world.draft.slug), before=(("EditState.load", {}),), lingers_s=1.8)


@_sample("DashboardState.start_selling")
def _start_selling(world: World) -> Sample:
    return Sample(
        may=frozenset({"admin", "fan"}),
        changes=frozenset({"account", "profile", "audit_entry"}),
        proof="fan",
        at="/studio",
        people=world.new_people(),
    )


def _editing(slug: str) -> str:
    return f"/studio/recording/{slug}"


def _edit(slug: str, *changes: str, shows: str = "", **payload: Any) -> Sample:
    """What A does to a recording that A has opened."""
    return Sample(
        payload=payload,
        may=frozenset({"a"}) if changes else frozenset(),
        changes=frozenset(changes),
        at=_editing(slug),
        before=(("EditState.load", {}),),
        shows=shows,
        shown_to=frozenset({"a"}) if shows else frozenset(),
    )


SAMPLES["EditState.use_bpm"] = lambda w: _edit(w.draft.slug, bpm="92.5", shows="92.5")
SAMPLES["EditState.use_key"] = lambda w: _edit(w.draft.slug, key="7", shows="musical_key")
SAMPLES["EditState.choose_ai"] = lambda w: _edit(w.draft.slug, value="assisted", shows="assisted")
SAMPLES["EditState.publish"] = lambda w: _edit(w.ready_draft().slug, "recording", "outbox_event")
SAMPLES["EditState.withdraw"] = lambda w: _edit(w.new().slug, "recording", "outbox_event")
SAMPLES["EditState.delete"] = lambda w: _edit(
    w.new().slug, "recording", "outbox_event", "audit_entry"
)


@_sample("EditState.save")
def _save(world: World) -> Sample:
    form = {
        "title": "Another Title", "genre": "house", "mood": "warm", "bpm": "124", "key": "4",
        "tags": "late,warm", "credits": "Words by nobody", "rights": "yes", "ai_use": "assisted",
        "price_mp3_lease": "31.00",
    }  # fmt: skip
    return _edit(world.new().slug, "recording", "offer", "audit_entry", form_data=form)


@_sample("EditState.attach")
def _attach(world: World) -> Sample:
    made, upload = world.new(), world.upload(FileKind.MAIN_MP3)
    return _edit(made.slug, "media_file", "upload", "outbox_event", upload_id=str(upload))


@_sample("EditState.set_cover")
def _wear(world: World) -> Sample:
    made, upload = world.new(), world.upload(FileKind.COVER)
    return _edit(made.slug, "recording", "media_file", "upload", upload_id=str(upload))


@_sample("EditState.reset_cover")
def _draw_again(world: World) -> Sample:
    from indii.catalog.uploads.commands import set_cover

    made, upload = world.new(), world.upload(FileKind.COVER)
    with world.rt.write(world.a.actor) as ctx:
        set_cover(ctx, recording_id=made.id, upload_id=upload)
    return _edit(made.slug, "recording", "media_file")


@_sample("EditState.remove")
def _remove(world: World) -> Sample:
    made = world.new(is_live=False, with_stems=True, prices={"stems_lease": 9900})
    return _edit(made.slug, "media_file", "offer", "recording", kind="stems_zip")


@_sample("EditState.retry")
def _retry(world: World) -> Sample:
    made = world.new()
    world.dead_job("digest", str(made.id), said="The sound could not be decoded.")
    return _edit(made.slug, "job", kind="digest")


@_sample("UploadState.checked")
def _checked(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload())},
        may=frozenset({"a"}),
        changes=frozenset({"recording", "media_file", "upload", "outbox_event"}),
        at="/studio/upload",
    )


@_sample("UploadState.discard")
def _drop(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload())},
        may=frozenset({"a"}),
        changes=frozenset({"upload"}),
        at="/studio/upload",
    )


@_sample("SettingsState.save_terms")
def _save_terms(_world: World) -> Sample:
    form = {"tier": "mp3_lease", "streams_limit": "123,456", "requires_credit": "yes"}
    return Sample(
        payload={"form_data": form},
        may=frozenset({"b", "a"}),
        changes=frozenset({"license_terms", "audit_entry"}),
        at="/studio/settings",
    )


@_sample("SettingsState.reset_terms")
def _reset_terms(world: World) -> Sample:
    from indii.business.licensing.commands import set_terms
    from indii.business.licensing.rules import Terms

    generous = Terms(None, None, None, None, None, True, True, True)
    for person in (world.a, world.b):
        with world.rt.write(person.actor) as ctx:
            set_terms(ctx, tier="wav_lease", terms=generous)
    return Sample(
        payload={"tier": "wav_lease"},
        may=frozenset({"b", "a"}),
        changes=frozenset({"license_terms", "audit_entry"}),
        at="/studio/settings",
    )


@_sample("SettingsState.set_voice_tag")
def _speak(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload(FileKind.VOICE_TAG, duration_ms=2000))},
        may=frozenset({"a"}),
        changes=frozenset({"upload", "media_file", "outbox_event"}),
        at="/studio/settings",
    )


@_sample("SettingsState.remove_voice_tag")
def _be_silent(world: World) -> Sample:
    from indii.catalog.uploads.commands import set_voice_tag

    upload = world.upload(FileKind.VOICE_TAG, duration_ms=2000)
    with world.rt.write(world.a.actor) as ctx:
        set_voice_tag(ctx, upload_id=upload)
    return Sample(
        may=frozenset({"a"}),
        changes=frozenset({"media_file", "outbox_event"}),
        at="/studio/settings",
    )


# ------------------------------------------------------------------ the store: sheet and cart

# B sells what is bought here, so B alone is refused it.
BUYERS = EVERYBODY - {"b"}
CART = frozenset({"cart", "cart_line"})
PRICES = {"mp3_lease": 2995, "wav_lease": 5995}
SAMPLES["CartState.refresh"] = lambda _w: _reads()
SAMPLES["LicenseState.open"] = lambda w: _reads(
    "/explore", w.live.title, recording_id=str(w.live.id)
)
SAMPLES["LicenseState.close"] = lambda _w: _reads()
SAMPLES["CheckoutState.load"] = lambda _w: _reads("/cart")


def _wanted(world: World, **more: Any) -> tuple[str, Call]:
    """A recording of B, and what puts a license of it into a cart."""
    found = str(world.recording("Wanted Piece", owner=world.b, prices=PRICES).id)
    payload = {"recording_id": found, "tier": "mp3_lease", "held": ""}
    return found, ("LicenseState.add", payload | more)


@_sample("LicenseState.add")
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
SAMPLES["CheckoutState.remove"] = lambda w: _in_cart(w, recording_id="")
SAMPLES["CheckoutState.change"] = lambda w: _in_cart(w, recording_id="", tier="wav_lease")
SAMPLES["CheckoutState.name"] = lambda w: _in_cart(w, frozenset({"cart"}), form=NAMED)
SAMPLES["CheckoutState.name_other"] = lambda w: _in_cart(w, form=NAMED)


@_sample("CheckoutState.accept")
def _accept(world: World) -> Sample:
    from indii.store.checkout.commands import add_to_cart, name_licensee
    from indii.store.checkout.queries import cart_page

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


# ------------------------------------------------------------------ trust

ADMIN = frozenset({"admin"})
SAMPLES["WorkState.load"] = lambda w: _dead_work(w)
SAMPLES["ModerationState.load"] = lambda w: _reads("/admin/reports", w.down.title, ADMIN)
SAMPLES["ModerationState.cancel"] = lambda _w: _reads("/admin/reports")
SAMPLES["ModerationState.choose"] = lambda w: _reads(
    "/admin/reports", w.live.title, ADMIN,
    action="dismiss", kind="recording", subject_id=str(w.live.id), title=w.live.title,
)  # fmt: skip
SAMPLES["ModerationState.look_up"] = lambda w: _reads(
    "/admin/reports", w.live.title, ADMIN, form={"address": f"/recording/{w.live.slug}"}
)


def _dead_work(world: World) -> Sample:
    world.dead_job("send_mail", str(uuid4()))
    return _reads("/admin/work", "turquoise", ADMIN)


@_sample("WorkState.retry")
def _retry_job(world: World) -> Sample:
    return Sample(
        payload={"job_id": str(world.dead_job("send_mail", str(uuid4())))},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"job", "audit_entry"}),
        at="/admin/work",
    )


@_sample("WorkState.replay")
def _replay(world: World) -> Sample:
    return Sample(
        payload={"event_id": str(world.dead_event())},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"outbox_event", "audit_entry"}),
        at="/admin/work",
    )


@_sample("ModerationState.decide")
def _decide(world: World) -> Sample:
    made = world.new()
    with world.rt.write(world.fan.actor) as ctx:
        file_report(
            ctx, kind="recording", subject_id=made.id, reason="spam", details="Again and again."
        )
    chosen = {
        "action": "take_down", "kind": "recording", "subject_id": str(made.id),
        "title": made.title,
    }  # fmt: skip
    return Sample(
        payload={"form": {"reason": "It repeats another recording."}},
        may=ADMIN,
        proof="admin",
        changes=frozenset(
            {"recording", "report", "audit_entry", "outbox_event", "queued_email", "job"}
        ),
        at="/admin/reports",
        before=(("ModerationState.choose", chosen),),
    )


@_sample("ModerationState.restore")
def _restore(world: World) -> Sample:
    return Sample(
        payload={"recording_id": str(world.taken_down().id)},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"recording", "audit_entry", "outbox_event", "queued_email", "job"}),
        at="/admin/reports",
    )


# ------------------------------------------------------------------ what was bought and sold


def _sold(world: World, *, has_papers: bool = True) -> UUID:
    """A paid order of the fan for a recording of A."""
    from tests.factories.orders import make_order, pay_order

    order = make_order(world.rt, world.fan.actor, [(world.new().id, "mp3_lease")])
    return pay_order(world.rt, order, has_papers=has_papers)


def _number(world: World, order_id: UUID) -> str:
    from tests.factories.orders import number_of

    return number_of(world.rt, order_id)


SAMPLES["DownloadsState.load"] = lambda w: _reads(
    "/downloads", _number(w, _sold(w)), frozenset({"fan"})
)
SAMPLES["SalesState.load"] = lambda w: _reads(
    "/studio/sales", _number(w, _sold(w)), frozenset({"a"})
)


@_sample("DownloadsState.watch")
def _watch_downloads(world: World) -> Sample:
    _sold(world, has_papers=False)
    return Sample(at="/downloads", before=(("DownloadsState.load", {}),), lingers_s=2.3)


# ------------------------------------------------------------------ operators

SAMPLES["OrdersState.load"] = lambda w: _reads("/admin/orders", _number(w, _sold(w)), ADMIN)
SAMPLES["OrdersState.search"] = lambda _w: _reads(
    "/admin/orders", "q=IN-7K2M", ADMIN, form={"q": "IN-7K2M"}
)
SAMPLES["EmailsState.load"] = lambda _w: _reads("/admin/mail", "/dev/mailbox/", ADMIN)
SAMPLES["AuditState.load"] = lambda w: _reads(
    f"/admin/audit?q={(n := _number(w, _sold(w)))}", f"/admin/order/{n}", ADMIN
)
SAMPLES["AuditState.search"] = lambda _w: _reads(
    "/admin/audit", "q=refund", ADMIN, form={"q": "refund asked"}
)
SAMPLES["LedgerState.load"] = lambda w: _reads("/admin/ledger", _number(w, _sold(w)), ADMIN)
SAMPLES["LedgerState.find"] = lambda _w: _reads(
    "/admin/ledger", "order=IN-7K2M", ADMIN, form={"order": "IN-7K2M"}
)
SAMPLES["LedgerState.check"] = lambda _w: _reads("/admin/ledger", "Every movement balances", ADMIN)


@_sample("MovementState.load")
def _movement(world: World) -> Sample:
    from indii.business.ledger.queries import transactions_page

    order = _sold(world)
    with world.rt.read(world.admin.actor) as ctx:
        (row,) = transactions_page(ctx, order_id=order).rows
    return _reads(f"/admin/ledger/{row.id}", _number(world, order), ADMIN)


def _told(world: World) -> UUID:
    """Something from outside that gave up."""
    from indii.kernel import inbox

    told = inbox.InboundMessage(
        "stripe", f"evt_{uuid4().hex}", "charge.updated", {}, world.rt.clock()
    )
    with world.rt.write(world.admin.actor) as ctx:
        event_id = inbox.store(ctx.db, told, now=ctx.now)
        assert event_id is not None
        row = ctx.db.get_one(inbox.InboundEvent, event_id)
        row.state, row.last_error = inbox.InboundStatus.DEAD, "the turquoise network gave up"
    return event_id


@_sample("InboundEventsState.load")
def _told_events(world: World) -> Sample:
    _told(world)
    return _reads("/admin/events", "turquoise", ADMIN)


@_sample("InboundEventsState.replay")
def _replay_told(world: World) -> Sample:
    return Sample(
        payload={"event_id": str(_told(world))},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"inbound_event", "audit_entry"}),
        at="/admin/events",
    )


def _on_order(world: World, *before: str, shows: str = "") -> Sample:
    """What an operator does on the page of an order."""
    from indii.store.orders.queries import items_of

    order = _sold(world)
    with world.rt.read(world.admin.actor) as ctx:
        (line,) = (item.id for item in items_of(ctx, [order]))
    form = {f"line-{line}": "yes", "reason": "Bought the wrong tier."}
    payloads: dict[str, Mapping[str, Any]] = {"review": {"form": form}}
    return Sample(
        payload=payloads.get(before[-1] if before else "", {}),
        at=f"/admin/order/{_number(world, order)}",
        before=tuple(
            (f"OrderState.{name}", payloads.get(name, {})) for name in ("load", *before[:-1])
        ),
        shows=shows,
        shown_to=ADMIN if shows else frozenset(),
    )


SAMPLES["OrderState.load"] = lambda w: _on_order(w, shows=w.fan.email)
SAMPLES["OrderState.choose"] = lambda w: _on_order(w, "choose", shows="choose")
SAMPLES["OrderState.back"] = lambda w: _on_order(w, "choose", "back")
SAMPLES["OrderState.cancel"] = lambda w: _on_order(w, "choose", "cancel")
SAMPLES["OrderState.review"] = lambda w: _on_order(w, "choose", "review", shows="Give back $")


@_sample("OrderState.give_back")
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
        at=f"/admin/order/{_number(world, order)}",
        before=tuple((f"OrderState.{name}", {}) for name in ("load", *before[:-1])),
        shows=shows,
        shown_to=ADMIN if shows else frozenset(),
    )


SAMPLES["OrderState.choose_return"] = lambda w: _on_misfit(w, "choose_return", shows="return")


@_sample("OrderState.give_payment_back")
def _give_payment_back(world: World) -> Sample:
    ready = _on_misfit(world, "choose_return", "give_payment_back")
    changes = frozenset({"refund", "audit_entry", "job"})
    return replace(ready, may=ADMIN, proof="admin", changes=changes)


@_sample("OrderState.watch")
def _watch_refund(world: World) -> Sample:
    from tests.factories.orders import refund

    order = _sold(world)
    refund(world.rt, world.admin.actor, order, outcome="asked")
    at = f"/admin/order/{_number(world, order)}"
    return Sample(at=at, before=(("OrderState.load", {}),), lingers_s=2.3)


# ------------------------------------------------------------------ papers

SAMPLES["VerifyState.load"] = lambda _w: _reads("/verify")
SAMPLES["VerifyState.look_up"] = lambda _w: _reads(
    "/verify", "A certificate's number", form_data={"number": "no number"}
)
SAMPLES["VerifyState.find_document"] = lambda _w: _reads(
    "/verify", "This document was not made here", sha256="0" * 64
)


@_sample("CertificateState.load")
def _certificate(world: World) -> Sample:
    from indii.business.licensing.queries import grants_of
    from indii.store.orders.queries import items_of

    order = _sold(world)
    with world.rt.read(world.admin.actor) as ctx:
        (item,) = items_of(ctx, [order])
        grant = grants_of(ctx, [item.id])[item.id]
        title = item.title
    return _reads(f"/verify/{grant.certificate_id}", title)
