"""Flows of accounts: what needs the rate limiter or a slow hash around its transactions."""

import hashlib
import threading
from functools import lru_cache
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from indii.identity.accounts import commands, queries, rules
from indii.identity.accounts.commands import Member
from indii.identity.accounts.enums import Role, TokenKind
from indii.identity.accounts.errors import (
    EmailMalformed,
    EmailUnconfirmed,
    LinkUsed,
    PasswordTooWeak,
    WrongCredentials,
    WrongPassword,
)
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.errors import TryAgain
from indii.kernel.form_models import read_form
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError

# Each takes 64 MiB and a core for a tenth of a second; more at once would only slow them all.
_AT_ONCE = 2
_WAIT_S = 8.0


class Passwords:
    """Argon2id, a few at a time."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._dummy = lru_cache(maxsize=1)(lambda: self._hash.hash("nobody has this password"))

    def hash(self, password: str) -> str:
        """Return what to keep of the password."""
        with _Slot(self._slots):
            return self._hash.hash(password)

    def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Return whether it fits, and a fresh hash if the kept one is out of date.

        Without a kept hash the answer is no, after the same time.
        """
        with _Slot(self._slots):
            password = password[: rules.MAX_PASSWORD + 1]
            if kept is None or not kept.startswith("$argon2"):
                self._hash.verify(password, self._dummy())
                return False, None
            return self._hash.verify_and_update(password, kept)


class _Slot:
    def __init__(self, slots: threading.BoundedSemaphore) -> None:
        self._slots = slots

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=_WAIT_S):
            raise TryAgain("Many people are signing in right now. Please try again in a moment.")

    def __exit__(self, *_: object) -> None:
        self._slots.release()


PASSWORDS = Passwords()


def _limit(rt: Runtime, name: str, limit: rules.Limit, *, ip: str = "", email: str = "") -> None:
    """Count one attempt for the address and one for the e-mail."""
    if email:
        digest = hashlib.sha256(email.encode()).hexdigest()[:32]
        rt.limiter.hit(f"{name}:email:{digest}", limit=limit.times, per_s=limit.per_s)
    if ip:
        # On one's own machine everybody comes from the same address.
        times = limit.times * (1 if rt.site.environment == "production" else 20)
        key = f"{name}:ip:{rules.network_of(ip)}"
        rt.limiter.hit(key, limit=times, per_s=limit.per_s)


def _folded(email: str) -> str:
    """Return the address to look for; what cannot be one is simply unknown."""
    try:
        return rules.clean_email(email)
    except EmailMalformed:
        return ""


def sign_up(
    rt: Runtime,
    _actor: Actor,
    *,
    email: str,
    password: str,
    name: str,
    role: Role,
    accepts: bool,
    ip: str,
    passwords: Passwords | None = None,
) -> None:
    """Open an account and mail its confirmation; a known e-mail looks the same from here.

    Raises:
        InvalidForm: with a sentence for each field that is not right.
        TooManyAttempts: five an hour from one address.
    """
    form = read_form(
        rules.SignUpForm,
        {"email": email, "name": name, "password": password, "accepts": accepts, "role": role},
    )
    address, cleaned = form.email, form.name
    _limit(rt, "sign-up", rules.SIGN_UP, ip=ip, email=address)
    hashed = (passwords or PASSWORDS).hash(form.password)
    with rt.write(SYSTEM) as ctx:
        commands.register(ctx, email=address, password_hash=hashed, name=cleaned, role=role)


def sign_in(
    rt: Runtime,
    actor: Actor,
    *,
    email: str,
    password: str,
    ip: str,
    user_agent: str,
    passwords: Passwords | None = None,
) -> str:
    """Return the token of a new session; the one this browser had ends.

    Raises:
        WrongCredentials: said alike, and as slowly, whether or not the account exists.
        EmailUnconfirmed: the password was right.
        TooManyAttempts: ten in ten minutes from one address or for one e-mail.
    """
    address = _folded(email)
    _limit(rt, "sign-in", rules.SIGN_IN, ip=ip, email=address)
    vault = passwords or PASSWORDS
    with rt.read(SYSTEM) as reading:
        login = queries.find_login(reading, email=address) if address else None
    fits, renewed = vault.check(password, login.password_hash if login else None)
    if login is None or not fits:
        raise WrongCredentials
    if not login.is_verified:
        raise EmailUnconfirmed
    with rt.write(SYSTEM) as ctx:
        return commands.sign_in(
            ctx,
            account_id=login.account_id,
            checked_hash=login.password_hash,
            renewed_hash=renewed,
            user_agent=user_agent,
            ip=ip,
            replaces=actor.session_id,
        )


def resend(rt: Runtime, _actor: Actor, *, email: str, ip: str) -> None:
    """Mail the confirmation link again, if there is anything to confirm; never says whether."""
    address = rules.clean_email(email)
    _limit(rt, "resend", rules.RESEND, ip=ip, email=address)
    with rt.write(SYSTEM) as ctx:
        commands.send_verification(ctx, email=address)


def forgot(rt: Runtime, _actor: Actor, *, email: str, ip: str) -> None:
    """Mail a link for a new password, if there is an account; never says whether."""
    address = rules.clean_email(email)
    _limit(rt, "forgot", rules.FORGOT, ip=ip, email=address)
    with rt.write(SYSTEM) as ctx:
        commands.request_reset(ctx, email=address)


def reset(
    rt: Runtime, _actor: Actor, *, token: str, password: str, passwords: Passwords | None = None
) -> None:
    """Set a new password by a mailed link and end every session.

    Raises:
        LinkUsed: the link is no longer good.
        PasswordTooWeak: the link stays good for another try.
    """
    with rt.read() as reading:
        email = queries.email_of_token(reading, token, TokenKind.RESET)
    if email is None:
        raise LinkUsed
    rules.check_password(password, email=email)
    hashed = (passwords or PASSWORDS).hash(password)
    with rt.write() as ctx:
        commands.reset_password(ctx, token=token, password_hash=hashed)


def _require_password(
    rt: Runtime, actor: Actor, password: str, passwords: Passwords | None
) -> queries.Login:
    account_id = actor.require_account()
    key = f"password:{account_id}"
    rt.limiter.hit(key, limit=rules.PASSWORD.times, per_s=rules.PASSWORD.per_s)
    with rt.read(SYSTEM) as reading:
        login = queries.find_login(reading, account_id=account_id)
    fits, _ = (passwords or PASSWORDS).check(password, login.password_hash if login else None)
    if login is None or not fits:
        raise WrongPassword
    return login


def change_password(
    rt: Runtime, actor: Actor, *, current: str, new: str, passwords: Passwords | None = None
) -> None:
    """Replace the actor's password; their other browsers are signed out and an e-mail tells them.

    Raises:
        WrongPassword: the present one was typed wrongly.
        PasswordTooWeak: the new one.
    """
    login = _require_password(rt, actor, current, passwords)
    rules.check_password(new, email=login.email)
    if new == current:
        raise PasswordTooWeak("That is your current password.")
    hashed = (passwords or PASSWORDS).hash(new)
    with rt.write(actor) as ctx:
        commands.change_password(ctx, password_hash=hashed)


def close(rt: Runtime, actor: Actor, *, password: str, passwords: Passwords | None = None) -> None:
    """Delete the actor's account after asking for the password once more.

    Raises:
        WrongPassword: it does not fit; nothing was changed.
        LastAdministrator: the installation needs one.
    """
    _require_password(rt, actor, password, passwords)
    with rt.write(actor) as ctx:
        picture = commands.close_account(ctx)
    if picture:
        try:
            rt.storage.delete(picture)
        except PortError:
            # The account is closed; a picture without a name is found by the storage sweep.
            return


def create_member(
    rt: Runtime,
    actor: Actor,
    *,
    email: str,
    password: str,
    name: str,
    role: Role,
    passwords: Passwords | None = None,
) -> Member:
    """Open a confirmed account for the operator or the demo.

    Raises:
        EmailTaken: there is one already.
        NotAllowed: anybody but the system asks.
    """
    actor.require_role("system")
    hashed = (passwords or PASSWORDS).hash(password)
    with rt.write(actor) as ctx:
        return commands.create_account(
            ctx, email=email, password_hash=hashed, name=name, roles=rules.roles_for(role)
        )


def create_admin(
    rt: Runtime,
    actor: Actor,
    *,
    email: str,
    password: str,
    name: str,
    passwords: Passwords | None = None,
) -> UUID:
    """Make an administrator; an account with this e-mail keeps its password.

    Raises:
        IndiiError: e-mail, name or password are not right.
        NotAllowed: anybody but the system asks.
    """
    actor.require_role("system")
    address = rules.clean_email(email)
    rules.check_password(password, email=address, name=name)
    hashed = (passwords or PASSWORDS).hash(password)
    with rt.write(actor) as ctx:
        return commands.create_admin(ctx, email=address, password_hash=hashed, name=name)
