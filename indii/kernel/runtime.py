"""The running house: engine, ports and the two ways to open a transaction."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from indii.kernel.clock import Clock, utcnow
from indii.kernel.context import NOBODY, Actor, ActorResolver, Credentials, ReadCtx, WriteCtx
from indii.kernel.db import ReadSession
from indii.kernel.ratelimit import RateLimiter
from indii.kernel.site import SiteFacts
from indii.ports.audio import Audio
from indii.ports.boundary import transaction_open
from indii.ports.documents import Documents
from indii.ports.embeddings import Embeddings
from indii.ports.mail import Mail
from indii.ports.payments import PaymentEvents, Payments
from indii.ports.storage import Storage

Wake = Callable[[Iterable[str]], None]


@dataclass(slots=True)
class Runtime:
    """Everything a process needs to serve; made once by bootstrap, or by a test."""

    engine: Engine
    storage: Storage
    audio: Audio
    embeddings: Embeddings
    mail: Mail
    documents: Documents
    payments: Payments
    payment_events: PaymentEvents
    limiter: RateLimiter
    site: SiteFacts
    resolve: ActorResolver
    wake: Wake = lambda _queues: None
    clock: Clock = utcnow
    sessions: sessionmaker[Session] | None = None
    # Tests share one connection inside an outer transaction, where BEGIN READ ONLY is too late.
    enforces_read_only: bool = True
    _writer: sessionmaker[Session] = field(init=False)
    _reader: sessionmaker[Session] = field(init=False)
    _glancer: sessionmaker[Session] = field(init=False)

    def __post_init__(self) -> None:
        self._writer = self.sessions or sessionmaker(self.engine, expire_on_commit=False)
        self._reader = self._glancer = self._writer
        if self.enforces_read_only:
            engine = self.engine.execution_options(postgresql_readonly=True)
            self._reader = sessionmaker(engine, expire_on_commit=False)
            alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._glancer = sessionmaker(alone, expire_on_commit=False)

    @contextmanager
    def read(self, actor: Actor = NOBODY) -> Generator[ReadCtx]:
        """Open a read-only transaction; it begins with the first question and is rolled back."""
        with self._reader() as session:
            token = transaction_open.set(True)
            try:
                yield ReadCtx(ReadSession(session), actor, self.clock(), self.site)
            finally:
                transaction_open.reset(token)
                session.rollback()

    @contextmanager
    def glance(self, actor: Actor = NOBODY) -> Generator[ReadCtx]:
        """Ask one question, without a transaction around it: one trip to the server, not three.

        For what is asked many times a second. Two questions here may see two states of the world.
        """
        with self._glancer() as session:
            token = transaction_open.set(True)
            try:
                yield ReadCtx(ReadSession(session), actor, self.clock(), self.site)
            finally:
                transaction_open.reset(token)

    @contextmanager
    def write(self, actor: Actor = NOBODY) -> Generator[WriteCtx]:
        """Open a transaction; commit at the end, or roll all of it back; then wake workers."""
        with self._writer() as session:
            ctx = WriteCtx(session, actor, self.clock(), self.site)
            token = transaction_open.set(True)
            try:
                with session.begin():
                    yield ctx
                    ctx.write_jobs()
            finally:
                transaction_open.reset(token)
        if ctx.wakes:
            self.wake(sorted(ctx.wakes))

    def database_trouble(self) -> str:
        """Return why the database does not answer, "" if it does."""
        try:
            with self.read() as ctx:
                ctx.db.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            return type(error).__name__
        return ""

    def actor_for(self, presented: Credentials) -> Actor:
        """Return who stands behind the cookies shown."""
        with self.read() as ctx:
            return self.resolve(ctx, presented)
