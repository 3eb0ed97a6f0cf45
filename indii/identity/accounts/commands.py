"""Writes of accounts. Passwords arrive here as hashes: hashing takes longer than a lock should."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.identity.accounts.enums import Role, TokenKind
from indii.identity.accounts.errors import (
    EmailTaken,
    LastAdministrator,
    LinkUsed,
    WrongCredentials,
)
from indii.identity.accounts.events import AccountClosed
from indii.identity.accounts.models import Account, Consent, MailToken
from indii.identity.accounts.rules import (
    RESET_LIFE,
    UNCONFIRMED_LIFE,
    VERIFY_LIFE,
    VERSIONS,
    clean_email,
    roles_for,
)
from indii.identity.profiles.commands import anonymise_profile, create_profile
from indii.identity.profiles.commands import become_producer as list_as_producer
from indii.identity.sessions.commands import end_sessions_of, open_session
from indii.identity.sessions.models import LoginSession
from indii.kernel.context import WriteCtx
from indii.kernel.errors import SignInNeeded
from indii.kernel.ids import hash_token, new_id, new_token
from indii.kernel.mail_queue import queue_email

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Member:
    """A new account and its public face."""

    account_id: UUID
    profile_id: UUID


def _insert(
    ctx: WriteCtx, *, email: str, password_hash: str, roles: list[str], verified: datetime | None
) -> UUID | None:
    made: UUID | None = ctx.db.scalar(
        insert(Account)
        .values(
            id=new_id(),
            email=email,
            password_hash=password_hash,
            roles=[str(role) for role in roles],
            created_at=ctx.now,
            email_verified_at=verified,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(col(Account.id))
    )
    return made


def _open(ctx: WriteCtx, account_id: UUID, *, name: str, roles: list[str]) -> Member:
    for document, version in VERSIONS.items():
        ctx.db.add(
            Consent(account_id=account_id, document=document, version=version, accepted_at=ctx.now)
        )
    profile_id = create_profile(
        ctx, account_id=account_id, name=name, is_producer=Role.PRODUCER in roles
    )
    return Member(account_id, profile_id)


def create_account(
    ctx: WriteCtx, *, email: str, password_hash: str, name: str, roles: list[str]
) -> Member:
    """Open an account whose e-mail the operator vouches for.

    Raises:
        EmailTaken: there is one already.
        NotAllowed: anybody but the system asks.
    """
    ctx.actor.require_role("system")
    made = _insert(
        ctx,
        email=clean_email(email),
        password_hash=password_hash,
        roles=roles,
        verified=ctx.now,
    )
    if made is None:
        raise EmailTaken
    return _open(ctx, made, name=name, roles=roles)


def create_admin(ctx: WriteCtx, *, email: str, password_hash: str, name: str) -> UUID:
    """Make an administrator, out of the account with this e-mail if there is one.

    An existing account keeps its password. Raises `NotAllowed` for anybody but the system.
    """
    ctx.actor.require_role("system")
    address = clean_email(email)
    account = _find(ctx, address)
    if account is None:
        roles: list[str] = [Role.FAN, Role.ADMIN]
        member = create_account(
            ctx, email=address, password_hash=password_hash, name=name, roles=roles
        )
        ctx.audit("admin_created", "account", member.account_id)
        return member.account_id
    if Role.ADMIN not in account.roles:
        account.roles = [*account.roles, Role.ADMIN]
        account.email_verified_at = account.email_verified_at or ctx.now
        ctx.audit("admin_created", "account", account.id)
    return account.id


def register(ctx: WriteCtx, *, email: str, password_hash: str, name: str, role: Role) -> None:
    """Open an unconfirmed account and mail its link; a known address gets an e-mail instead."""
    ctx.actor.require_role("system")
    roles = roles_for(role)
    made = _insert(ctx, email=email, password_hash=password_hash, roles=roles, verified=None)
    if made is not None:
        _open(ctx, made, name=name, roles=roles)
        _send_verification(ctx, made, email)
        return
    known = _find(ctx, email)
    if known is None or known.disabled_at is not None:
        return
    if known.email_verified_at is None:
        # Their password stays: otherwise a stranger could slip one in before the link is opened.
        _send_verification(ctx, known.id, email)
    else:
        _queue_email(ctx, email, "already_known", link=f"{ctx.site.public_url}/sign-in")


def _find(ctx: WriteCtx, email: str) -> Account | None:
    return ctx.db.scalars(
        select(Account).where(col(Account.email) == email).with_for_update()
    ).first()


def _queue_email(ctx: WriteCtx, to: str, template: str, **values: str) -> None:
    queue_email(ctx, to=to, template=_TEMPLATES / template, **values)


def _new_token(ctx: WriteCtx, account_id: UUID, kind: TokenKind, life: timedelta) -> str:
    # Only the newest link of a kind works.
    ctx.db.execute(
        update(MailToken)
        .where(
            col(MailToken.account_id) == account_id,
            col(MailToken.kind) == kind,
            col(MailToken.used_at).is_(None),
        )
        .values(used_at=ctx.now)
    )
    token = new_token()
    ctx.db.add(
        MailToken(
            id=new_id(),
            account_id=account_id,
            kind=kind,
            token_hash=hash_token(token),
            created_at=ctx.now,
            expires_at=ctx.now + life,
        )
    )
    return token


def _use_token(ctx: WriteCtx, token: str, kind: TokenKind) -> Account:
    spent = ctx.db.scalar(
        update(MailToken)
        .where(
            col(MailToken.token_hash) == hash_token(token),
            col(MailToken.kind) == kind,
            col(MailToken.used_at).is_(None),
            col(MailToken.expires_at) > ctx.now,
        )
        .values(used_at=ctx.now)
        .returning(col(MailToken.account_id))
    )
    account = ctx.db.get(Account, spent, with_for_update=True) if spent else None
    if account is None or account.disabled_at is not None:
        raise LinkUsed
    return account


def _send_verification(ctx: WriteCtx, account_id: UUID, email: str) -> None:
    token = _new_token(ctx, account_id, TokenKind.VERIFY, VERIFY_LIFE)
    _queue_email(ctx, email, "verify", link=f"{ctx.site.public_url}/auth/verify?token={token}")


def send_verification(ctx: WriteCtx, *, email: str) -> None:
    """Mail the confirmation link again; does nothing for an address that needs none."""
    ctx.actor.require_role("system")
    account = _find(ctx, email)
    if account and account.email_verified_at is None and account.disabled_at is None:
        _send_verification(ctx, account.id, email)


def verify_email(ctx: WriteCtx, *, token: str) -> None:
    """Note that the mailbox is theirs; opening the link again is fine.

    Raises:
        LinkUsed: it has expired, was replaced by a newer one, or was never ours.
    """
    known = ctx.db.scalars(
        select(Account)
        .join(MailToken, col(MailToken.account_id) == col(Account.id))
        .where(
            col(MailToken.token_hash) == hash_token(token),
            col(MailToken.kind) == TokenKind.VERIFY,
            col(Account.email_verified_at).is_not(None),
            col(Account.disabled_at).is_(None),
        )
    ).first()
    if known is not None:
        # Mail scanners open links before people do.
        return
    account = _use_token(ctx, token, TokenKind.VERIFY)
    account.email_verified_at = ctx.now


def request_reset(ctx: WriteCtx, *, email: str) -> None:
    """Mail a link for a new password; does nothing for an unknown address."""
    ctx.actor.require_role("system")
    account = _find(ctx, email)
    if account is None or account.disabled_at is not None:
        return
    token = _new_token(ctx, account.id, TokenKind.RESET, RESET_LIFE)
    _queue_email(ctx, email, "reset", link=f"{ctx.site.public_url}/auth/reset?token={token}")


def reset_password(ctx: WriteCtx, *, token: str, password_hash: str) -> None:
    """Set a new password by a mailed link and end every session.

    Raises:
        LinkUsed: the link is no longer good.
    """
    account = _use_token(ctx, token, TokenKind.RESET)
    account.password_hash = password_hash
    # Who reads the mailbox has shown that it is theirs.
    account.email_verified_at = account.email_verified_at or ctx.now
    end_sessions_of(ctx, account_id=account.id)
    ctx.audit("password_reset", "account", account.id)
    _queue_email(ctx, account.email, "password_changed", link=f"{ctx.site.public_url}/forgot")


def sign_in(
    ctx: WriteCtx,
    *,
    account_id: UUID,
    checked_hash: str,
    renewed_hash: str | None,
    user_agent: str,
    ip: str,
    replaces: UUID | None,
) -> str:
    """Open a session after a password was checked; return the cookie's token.

    Raises:
        WrongCredentials: the password changed since it was checked, or the account closed.
    """
    ctx.actor.require_role("system")
    account = ctx.db.get(Account, account_id, with_for_update=True)
    if account is None or account.disabled_at or account.password_hash != checked_hash:
        raise WrongCredentials
    account.password_hash = renewed_hash or account.password_hash
    return open_session(ctx, account_id=account_id, user_agent=user_agent, ip=ip, replaces=replaces)


def change_password(ctx: WriteCtx, *, password_hash: str) -> None:
    """Set the actor's new password and end their other sessions."""
    account = _own(ctx)
    account.password_hash = password_hash
    end_sessions_of(ctx, account_id=account.id, but=ctx.actor.session_id)
    ctx.audit("password_changed", "account", account.id)
    _queue_email(ctx, account.email, "password_changed", link=f"{ctx.site.public_url}/forgot")


def _own(ctx: WriteCtx) -> Account:
    account = ctx.db.get(Account, ctx.actor.require_account(), with_for_update=True)
    if account is None:
        raise SignInNeeded
    return account


def become_producer(ctx: WriteCtx) -> None:
    """Let the actor sell music; being one already is fine."""
    account = _own(ctx)
    if Role.PRODUCER not in account.roles:
        account.roles = [*account.roles, Role.PRODUCER]
        ctx.audit("producer_added", "account", account.id)
    list_as_producer(ctx)


def close_account(ctx: WriteCtx) -> str:
    """Delete the actor's account: nothing of it stays public, and the e-mail is free again.

    Returns where their picture lies. Raises `LastAdministrator`.
    """
    account = _own(ctx)
    if Role.ADMIN in account.roles and _admin_count(ctx) < 2:
        raise LastAdministrator
    profile_id = ctx.actor.require_profile()
    account.disabled_at = ctx.now
    account.email = f"closed-{account.id.hex}@invalid"
    account.password_hash = "!"  # noqa: S105 - no password hashes to it
    account.roles = [Role.FAN]
    ctx.db.execute(delete(LoginSession).where(col(LoginSession.account_id) == account.id))
    ctx.db.execute(delete(MailToken).where(col(MailToken.account_id) == account.id))
    picture = anonymise_profile(ctx, profile_id=profile_id)
    ctx.audit("account_closed", "account", account.id)
    ctx.emit(AccountClosed(account.id, profile_id))
    return picture


def _admin_count(ctx: WriteCtx) -> int:
    # The lock makes two administrators who leave at once do so one after the other.
    ctx.db.execute(select(func.pg_advisory_xact_lock(0x1D11)))
    admins = (
        select(func.count())
        .select_from(Account)
        .where(col(Account.disabled_at).is_(None), col(Account.roles).contains([Role.ADMIN]))
    )
    return ctx.db.scalar(admins) or 0


def delete_expired(ctx: WriteCtx) -> int:
    """Forget spent links and accounts whose e-mail nobody confirmed in a month; return how many.

    An unconfirmed account never signed in, so it owns nothing but its empty profile.
    """
    ctx.actor.require_role("system")
    spent = delete(MailToken).where(col(MailToken.expires_at) < ctx.now - timedelta(days=7))
    ctx.db.execute(spent)
    gone = ctx.db.scalars(
        delete(Account)
        .where(
            col(Account.email_verified_at).is_(None),
            col(Account.disabled_at).is_(None),
            col(Account.created_at) < ctx.now - UNCONFIRMED_LIFE,
        )
        .returning(col(Account.id))
    )
    return len(gone.all())
