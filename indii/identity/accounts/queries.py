"""Reads of accounts, among them the one behind every event: who is this?"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from crawlerdetect import CrawlerDetect
from sqlalchemy import select
from sqlmodel import col

from indii.identity.accounts.enums import Role, TokenKind
from indii.identity.accounts.models import Account, MailToken
from indii.identity.accounts.rules import network_of
from indii.identity.profiles.errors import ProfileNotFound
from indii.identity.profiles.models import Profile
from indii.identity.profiles.queries import open_profiles
from indii.identity.profiles.rules import avatar_url
from indii.identity.sessions.models import LoginSession
from indii.identity.sessions.rules import TOUCH_AFTER
from indii.kernel.context import Actor, ActorResolver, Credentials, ReadCtx
from indii.kernel.ids import hash_token


@lru_cache(maxsize=4096)
def _is_bot(user_agent: str) -> bool:
    return not user_agent or bool(CrawlerDetect().is_crawler(user_agent))


def visitor_hash(secret: bytes, presented: Credentials, day: str) -> str:
    """Return a name for this address and browser that is good for one day and tells neither."""
    seen = f"{day}\n{presented.ip}\n{presented.user_agent}".encode()
    return hashlib.blake2b(seen, key=hashlib.sha256(secret).digest(), digest_size=16).hexdigest()


def actor_of(ctx: ReadCtx, presented: Credentials, *, secret: bytes) -> Actor:
    """Return who stands behind what a client shows, in one statement; nobody if in doubt."""
    agent, day = presented.user_agent[:300], ctx.now.date().isoformat()
    visitor = visitor_hash(secret, presented, day)
    network = visitor_hash(secret, Credentials(None, network_of(presented.ip), ""), day)
    token = presented.buyer_token
    buyer = hash_token(token) if token else ""
    nobody = Actor(visitor=visitor, network=network, is_bot=_is_bot(agent), buyer=buyer)
    if not presented.session_token:
        return nobody
    row: Any = ctx.db.execute(
        select(
            col(LoginSession.id),
            col(Account.id),
            col(Account.roles),
            col(Account.email_verified_at),
            col(Profile.id),
        )
        .join(Account, col(Account.id) == col(LoginSession.account_id))
        .join(Profile, col(Profile.account_id) == col(Account.id))
        .where(
            col(LoginSession.token_hash) == hash_token(presented.session_token),
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.expires_at) > ctx.now,
            col(Account.disabled_at).is_(None),
        )
    ).first()
    if row is None:
        return nobody
    return Actor(
        session_id=row[0],
        account_id=row[1],
        # "system" is no role that a row can give
        roles=frozenset(row[2]) & frozenset(Role),
        is_verified=row[3] is not None,
        profile_id=row[4],
        visitor=visitor,
        network=network,
        is_bot=nobody.is_bot,
        buyer=buyer,
    )


def make_resolver(secret: bytes) -> ActorResolver:
    """Return the resolver of this installation; `secret` salts the hashes of visitors."""

    def resolve(ctx: ReadCtx, presented: Credentials) -> Actor:
        return actor_of(ctx, presented, secret=secret)

    return resolve


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page, as the frame shows them."""

    name: str = ""
    slug: str = ""
    avatar: str = ""
    roles: tuple[str, ...] = ()
    # The session's row should learn that it is alive.
    is_stale: bool = False


def viewer(ctx: ReadCtx) -> Viewer:
    """Return what the frame shows of the actor; an empty one for a visitor."""
    if ctx.actor.profile_id is None:
        return Viewer()
    profile = ctx.db.get(Profile, ctx.actor.profile_id)
    if profile is None:
        return Viewer()
    session = ctx.db.get(LoginSession, ctx.actor.session_id) if ctx.actor.session_id else None
    return Viewer(
        name=profile.name,
        slug=profile.slug,
        avatar=avatar_url(profile.id, profile.avatar_key),
        roles=tuple(sorted(ctx.actor.roles)),
        is_stale=session is not None and session.seen_at <= ctx.now - TOUCH_AFTER,
    )


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account as its owner sees it."""

    email: str
    roles: tuple[str, ...]
    is_producer: bool
    since: str


def own_account(ctx: ReadCtx) -> OwnAccount:
    """Return the actor's account.

    Raises:
        SignInNeeded: nobody is signed in.
    """
    account = ctx.db.get(Account, ctx.actor.require_account())
    assert account is not None
    return OwnAccount(
        email=account.email,
        roles=tuple(sorted(account.roles)),
        is_producer=Role.PRODUCER in account.roles,
        since=f"{account.created_at.day} {account.created_at:%B %Y}",
    )


@dataclass(frozen=True, slots=True)
class Login:
    """What a password is checked against."""

    account_id: UUID
    email: str
    password_hash: str
    is_verified: bool


def find_login(ctx: ReadCtx, *, email: str = "", account_id: UUID | None = None) -> Login | None:
    """Return the open account under this address (or id), for the flow that checks a password.

    Raises:
        NotAllowed: anybody but the system asks.
    """
    ctx.actor.require_role("system")
    which = col(Account.id) == account_id if account_id else col(Account.email) == email
    account = ctx.db.scalar(select(Account).where(which, col(Account.disabled_at).is_(None)))
    if account is None:
        return None
    is_verified = account.email_verified_at is not None
    return Login(account.id, account.email, account.password_hash, is_verified)


def email_of_token(ctx: ReadCtx, token: str, kind: TokenKind) -> str | None:
    """Return whose mailed link this is while it is good, else None."""
    found: str | None = ctx.db.scalar(
        select(col(Account.email))
        .join(MailToken, col(MailToken.account_id) == col(Account.id))
        .where(
            col(MailToken.token_hash) == hash_token(token),
            col(MailToken.kind) == kind,
            col(MailToken.used_at).is_(None),
            col(MailToken.expires_at) > ctx.now,
            col(Account.disabled_at).is_(None),
        )
    )
    return found


def producer_actor(ctx: ReadCtx, slug: str) -> Actor:
    """Return the producer with this slug as an actor, for the operator's own commands.

    Raises:
        NotAllowed: anybody but the system asks.
        ProfileNotFound: no open producer has this slug.
    """
    ctx.actor.require_role("system")
    profile = ctx.db.scalar(open_profiles().where(col(Profile.slug) == slug))
    if profile is None or not profile.is_producer:
        raise ProfileNotFound
    return Actor(
        account_id=profile.account_id,
        profile_id=profile.id,
        roles=frozenset({Role.FAN, Role.PRODUCER}),
        is_verified=True,
    )
