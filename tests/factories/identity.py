"""People: fans, producers, administrators."""

from itertools import count

from pwdlib.hashers.argon2 import Argon2Hasher

from indii.identity.accounts import commands, queries
from indii.identity.accounts.enums import Role
from indii.identity.accounts.flows import Passwords
from indii.identity.accounts.rules import roles_for
from indii.kernel.context import SYSTEM, Actor, Credentials
from indii.kernel.runtime import Runtime

# Real argon2id, made cheap.
CHEAP = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "velvet-orbit-17"

_hashed: list[str] = []
_number = count(1)


def password_hash() -> str:
    """The hash of `PASSWORD`, made once."""
    if not _hashed:
        _hashed.append(CHEAP.hash(PASSWORD))
    return _hashed[0]


def make_person(
    rt: Runtime, *, name: str, roles: list[str], email: str = "", with_session: bool = False
) -> Actor:
    """An account with a confirmed e-mail; with a session if it should look signed in."""
    address = email or f"person{next(_number)}@example.com"
    with rt.write(SYSTEM) as ctx:
        member = commands.create_account(
            ctx, email=address, password_hash=password_hash(), name=name, roles=roles
        )
    if with_session:
        return sign_in(rt, address)[1]
    return Actor(
        account_id=member.account_id,
        profile_id=member.profile_id,
        roles=frozenset(str(role) for role in roles),
        is_verified=True,
        visitor=f"visitor-of-{member.account_id.hex}"[:64],
    )


def make_fan(rt: Runtime, name: str = "Mara", **extra: object) -> Actor:
    """Somebody who listens."""
    return make_person(rt, name=name, roles=roles_for(Role.FAN), **extra)


def make_producer(rt: Runtime, name: str = "Ash Verell", **extra: object) -> Actor:
    """Somebody who sells music."""
    return make_person(rt, name=name, roles=roles_for(Role.PRODUCER), **extra)


def make_admin(rt: Runtime, name: str = "Noor", **extra: object) -> Actor:
    """Somebody in charge."""
    return make_person(rt, name=name, roles=[Role.FAN, Role.ADMIN], **extra)


def make_visitor(name: str = "visitor-1") -> Actor:
    """Somebody without an account."""
    return Actor(visitor=name)


def sign_in(rt: Runtime, email: str, user_agent: str = "Firefox/128.0 Linux") -> tuple[str, Actor]:
    """The cookie's token of a new session, and the actor that it stands for."""
    with rt.read(SYSTEM) as reading:
        login = queries.find_login(reading, email=email)
        assert login is not None
    with rt.write(SYSTEM) as ctx:
        token = commands.sign_in(
            ctx,
            account_id=login.account_id,
            checked_hash=login.password_hash,
            renewed_hash=None,
            user_agent=user_agent,
            ip="192.0.2.7",
            replaces=None,
        )
    return token, rt.actor_for(Credentials(token, "192.0.2.7", user_agent))
