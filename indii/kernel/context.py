"""Who acts, and what a command or query is handed."""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from indii.kernel import jobs
from indii.kernel.audit import AuditEntry
from indii.kernel.db import ReadSession
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.events import Event, dispatch_of
from indii.kernel.ids import new_id
from indii.kernel.jobs import Request
from indii.kernel.site import SiteFacts


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: an account with its roles, a nameless visitor, or the system itself."""

    account_id: UUID | None = None
    profile_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    is_verified: bool = False
    # A daily-salted hash of address and browser; tells listeners apart without knowing them.
    visitor: str = ""
    # The same of the network alone: a limit that another browser's name does not lift.
    network: str = ""
    is_bot: bool = False
    # SHA-256 of the token in a guest's cookie: what this browser bought without an account.
    buyer: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether an account stands behind this actor."""
        return self.account_id is not None

    def has_role(self, role: str) -> bool:
        """Whether the actor holds the role; the system holds every one."""
        return role in self.roles or "system" in self.roles

    def require_account(self) -> UUID:
        """Return the account id.

        Raises:
            SignInNeeded: nobody is signed in.
        """
        if self.account_id is None:
            raise SignInNeeded
        return self.account_id

    def require_profile(self) -> UUID:
        """Return the public profile's id.

        Raises:
            SignInNeeded: nobody is signed in.
        """
        if self.profile_id is None:
            raise SignInNeeded
        return self.profile_id

    def require_role(self, role: str) -> None:
        """Pass if the actor holds the role.

        Raises:
            SignInNeeded: nobody is signed in.
            NotAllowed: somebody is, without the role.
        """
        if self.has_role(role):
            return
        if not self.is_signed_in:
            raise SignInNeeded
        raise NotAllowed("Your account may not do this.")


NOBODY = Actor()
SYSTEM = Actor(roles=frozenset({"system"}))

current_actor: ContextVar[Actor] = ContextVar("current_actor", default=NOBODY)
request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows at the door, all of it hostile: cookies, address, browser."""

    session_token: str | None
    ip: str
    user_agent: str
    buyer_token: str | None = None


ActorResolver = Callable[["ReadCtx", Credentials], Actor]


@dataclass(slots=True)
class ReadCtx:
    """What a query is handed; `db` can only ask."""

    db: ReadSession
    actor: Actor
    now: datetime
    site: SiteFacts


@dataclass(slots=True)
class WriteCtx:
    """What a command is handed; the edge commits, never the command."""

    db: Session
    actor: Actor
    now: datetime
    site: SiteFacts
    wakes: set[str] = field(default_factory=set)
    _asked: list[Request] = field(default_factory=list)

    @property
    def reading(self) -> ReadCtx:
        """The same transaction, for a query that a command needs."""
        return ReadCtx(ReadSession(self.db), self.actor, self.now, self.site)

    def emit(self, event: Event) -> None:
        """Tell the event to its handlers once this has been committed."""
        self._ask(dispatch_of(event))

    def enqueue(self, kind: str, *, key: str, payload: dict[str, Any] | None = None) -> None:
        """Ask for work; the same kind and key is the same job until somebody takes it up."""
        self._ask(Request(kind, key, payload or {}))

    def enqueue_all(self, kind: str, keys: Collection[str]) -> None:
        """Ask for work on each of these keys, as `enqueue` does for one."""
        for key in keys:
            self._ask(Request(kind, key))

    def _ask(self, request: Request) -> None:
        self._asked.append(request)
        self.wakes.add(jobs.queue_of(request.kind))

    def write_jobs(self) -> None:
        """Write down all that was asked for, in one statement; the edge does before it commits."""
        jobs.enqueue_all(self.db, self._asked, now=self.now)
        self._asked.clear()

    def audit(self, action: str, subject_kind: str, subject_id: UUID, **details: Any) -> None:
        """Remember who did what to which thing."""
        self.db.add(
            AuditEntry(
                id=new_id(),
                action=action,
                subject_kind=subject_kind,
                subject_id=subject_id,
                account_id=self.actor.account_id,
                details=details,
                at=self.now,
            )
        )
