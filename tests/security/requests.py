"""A valid request for every route that may change something, and raw requests no client would send.

A route that is not listed here fails `test_the_door`.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads import flows as intake
from indii.identity.accounts import flows as accounts
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.mail_queue import QueuedEmail
from indii.store.checkout import commands as checkout
from indii.store.checkout.flows import start_checkout
from indii.store.licenses import commands as carts
from indii.store.licenses.queries import cart_page
from tests import tus
from tests.factories.identity import PASSWORD
from tests.factories.sounds import picture, wav
from tests.security.world import World
from tests.serving import BROWSER, Person, Site


@dataclass(frozen=True)
class Asked:
    """One request with what it changes when it comes from our own page."""

    path: str
    changes: frozenset[str]
    cookie: str = ""
    # What httpx takes: data, files, json or content.
    body: Mapping[str, Any] = field(default_factory=dict)


def new_member(world: World, caller: str = "a") -> Person:
    """Somebody whom an attempt may sign out, rename or close."""
    return world.new_people()[caller]


def email_token(site: Site, email: str) -> str:
    """The token in the newest e-mail to this address."""
    with site.rt.read(SYSTEM) as ctx:
        text = ctx.db.scalar(
            select(col(QueuedEmail.text))
            .where(col(QueuedEmail.to) == email)
            .order_by(col(QueuedEmail.id).desc())
            .limit(1)
        )
    found = re.search(r"token=([\w-]+)", text or "")
    assert found, "no e-mail with a token"
    return found.group(1)


def reset_token(world: World, person: Person) -> str:
    """A good link for a new password of this person."""
    accounts.forgot(world.rt, NOBODY, email=person.email, ip="192.0.2.9")
    return email_token(world.site, person.email)


def begun(world: World, content: bytes, kind: FileKind = FileKind.MAIN_WAV) -> UUID:
    """An upload of A that waits for its bytes."""
    return intake.begin(
        world.rt, world.a.actor, kind=kind, filename="rust.wav", count=len(content)
    ).id


def _sign_in(world: World) -> Asked:
    person = new_member(world)
    form = {"email": person.email, "password": PASSWORD}
    return Asked("/auth/sign-in", frozenset({"login_session", "account"}), body={"data": form})


def _sign_up(_world: World) -> Asked:
    form = {
        "email": f"new-{uuid4().hex[:8]}@example.com", "password": PASSWORD, "name": "Ida",
        "role": "producer", "accepts": "yes",
    }  # fmt: skip
    changes = {"account", "profile", "consent", "mail_token", "queued_email", "job"}
    return Asked("/auth/sign-up", frozenset(changes), body={"data": form})


def _sign_out(world: World) -> Asked:
    person = new_member(world)
    return Asked("/auth/sign-out", frozenset({"login_session"}), person.cookie, {"data": {"x": ""}})


def _resend(world: World) -> Asked:
    email = f"unconfirmed-{uuid4().hex[:8]}@example.com"
    accounts.sign_up(
        world.rt, NOBODY, email=email, password=PASSWORD, name="Una", role=accounts.Role.FAN,
        accepts=True, ip="192.0.2.10",
    )  # fmt: skip
    changes = {"mail_token", "queued_email", "job"}
    return Asked("/auth/resend", frozenset(changes), body={"data": {"email": email}})


def _forgot(world: World) -> Asked:
    person = new_member(world)
    changes = {"mail_token", "queued_email", "job"}
    return Asked("/auth/forgot", frozenset(changes), body={"data": {"email": person.email}})


def _reset(world: World) -> Asked:
    token = reset_token(world, new_member(world))
    changes = {"account", "login_session", "mail_token", "queued_email", "job", "audit_entry"}
    form = {"password": "quiet-harbour-3"}
    return Asked("/auth/reset", frozenset(changes), f"indii_reset={token}", {"data": form})


def _password(world: World) -> Asked:
    person = new_member(world)
    changes = {"account", "queued_email", "job", "audit_entry"}
    form = {"current": PASSWORD, "password": "quiet-harbour-3"}
    return Asked("/auth/password", frozenset(changes), person.cookie, {"data": form})


def _close(world: World) -> Asked:
    person = new_member(world)
    changes = {"account", "profile", "login_session", "job", "audit_entry"}
    return Asked("/auth/close", frozenset(changes), person.cookie, {"data": {"password": PASSWORD}})


def _avatar(world: World) -> Asked:
    person = new_member(world)
    files = {"avatar": ("a.png", picture(64, 64))}
    return Asked("/api/avatar", frozenset({"profile"}), person.cookie, {"files": files})


def _begin(world: World) -> Asked:
    headers = tus.announcing("main_wav", 4000)
    return Asked(tus.URL, frozenset({"upload"}), world.a.cookie, {"headers": headers})


def _patch(world: World, **headers: str) -> Asked:
    content = wav(0.5)
    said = {**tus.PART, "Upload-Offset": "0", **headers}
    changes, body = {"upload", "job"}, {"content": content, "headers": said}
    return Asked(f"{tus.URL}/{begun(world, content)}", frozenset(changes), world.a.cookie, body)


def _patch_by_post(world: World) -> Asked:
    return _patch(world, **{"X-HTTP-Method-Override": "PATCH"})


def _cancel(world: World) -> Asked:
    path = f"{tus.URL}/{begun(world, wav(0.5))}"
    return Asked(path, frozenset({"upload"}), world.a.cookie, {"headers": tus.SPOKEN})


def _play(world: World) -> Asked:
    body = {"id": str(world.new().id)}
    return Asked("/api/plays", frozenset({"play", "recording"}), body={"json": body})


def _free_cart(world: World, person: Person) -> None:
    """A free license in the person's cart, its contract accepted."""
    thing = world.new(prices={"mp3_lease": 0})
    with world.rt.write(person.actor) as ctx:
        carts.add_to_cart(ctx, token="", recording_id=thing.id, tier="mp3_lease")
        carts.name_licensee(ctx, token="", name="Mara Quist", alias="")
        row = cart_page(ctx.reading, "").rows[0]
        carts.accept_contract(ctx, token="", recording_id=thing.id, sha256=row.sha256)


def _checkout(world: World) -> Asked:
    person = new_member(world, "fan")
    _free_cart(world, person)
    changes = {
        "order", "order_item", "license_line", "cart", "cart_line", "license_grant",
        "license_certificate",
        "download_permission", "job", "audit_entry",
    }  # fmt: skip
    return Asked("/checkout", frozenset(changes), person.cookie, {"data": {"email": ""}})


def _in_cart(world: World, form: Mapping[str, str], changes: Iterable[str] = ()) -> Asked:
    """Somebody's cart with a license in it, and a form that changes it."""
    person = new_member(world, "fan")
    _free_cart(world, person)
    with world.rt.read(person.actor) as ctx:
        row = cart_page(ctx, "").rows[0]
    facts = {"recording_id": row.recording_id, "sha256": row.sha256, **form}
    changed = frozenset({"cart", "cart_line", *changes})
    return Asked("", changed, person.cookie, {"data": facts})


def _add(world: World) -> Asked:
    thing = world.new(prices={"mp3_lease": 0})
    form = {"recording_id": str(thing.id), "tier": "mp3_lease"}
    person = new_member(world, "fan")
    return Asked("/cart/add", frozenset({"cart", "cart_line"}), person.cookie, {"data": form})


def _remove(world: World) -> Asked:
    return replace(_in_cart(world, {}), path="/cart/remove")


def _licensee(world: World) -> Asked:
    return replace(_in_cart(world, {"licensee_name": "Ada Quist"}), path="/cart/licensee")


def _accept(world: World) -> Asked:
    asked = _in_cart(world, {"accepts": ""})
    return replace(asked, path="/cart/accept", changes=frozenset({"cart_line"}))


def _leave(world: World) -> Asked:
    person = new_member(world, "fan")
    thing = world.new(prices={"mp3_lease": 2995})
    with world.rt.write(person.actor) as ctx:
        carts.add_to_cart(ctx, token="", recording_id=thing.id, tier="mp3_lease")
        carts.name_licensee(ctx, token="", name="Mara Quist", alias="")
        row = cart_page(ctx.reading, "").rows[0]
        carts.accept_contract(ctx, token="", recording_id=thing.id, sha256=row.sha256)
        checkout.place_order(ctx, token="", email="", buyer_hash="")
    changes = {"order", "order_item", "payment_session"}
    return Asked("/checkout/leave", frozenset(changes), person.cookie, {"data": {"x": ""}})


def _tip(world: World) -> Asked:
    person = new_member(world, "fan")
    form = {"slug": world.slug_of(world.a), "amount": "500", "message": "Thank you"}
    changes = {"order", "order_item", "tip", "payment_session", "audit_entry"}
    return Asked("/api/tips", frozenset(changes), person.cookie, {"data": form})


def _downloads_link(world: World) -> Asked:
    person = new_member(world, "fan")
    _free_cart(world, person)
    way = start_checkout(world.rt, person.actor, token="", email="", buyer_hash="")
    assert not way.url
    changes = {"guest_pass", "queued_email", "job"}
    return Asked("/api/downloads-link", frozenset(changes), body={"data": {"email": person.email}})


REQUESTS: dict[str, Callable[[World], Asked]] = {
    "POST /auth/sign-in": _sign_in,
    "POST /auth/sign-up": _sign_up,
    "POST /auth/sign-out": _sign_out,
    "POST /auth/resend": _resend,
    "POST /auth/forgot": _forgot,
    "POST /auth/reset": _reset,
    "POST /auth/password": _password,
    "POST /auth/close": _close,
    "POST /api/avatar": _avatar,
    "POST /api/uploads": _begin,
    "PATCH /api/uploads/{upload_id}": _patch,
    "POST /api/uploads/{upload_id}": _patch_by_post,
    "DELETE /api/uploads/{upload_id}": _cancel,
    "POST /api/plays": _play,
    "POST /cart/add": _add,
    "POST /cart/remove": _remove,
    "POST /cart/licensee": _licensee,
    "POST /cart/accept": _accept,
    "POST /checkout": _checkout,
    "POST /checkout/leave": _leave,
    "POST /api/tips": _tip,
    "POST /api/downloads-link": _downloads_link,
}


def raw(
    site: Site,
    target: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask for a target as it stands, dots and all; return status, headers and body."""
    host, _, port = site.host.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    # http.client refuses control characters; an attacker does not.
    connection._validate_path = lambda _url: None  # type: ignore[attr-defined]
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in {"User-Agent": BROWSER, **(headers or {})}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()
