"""The people and things that attacks are aimed at, and what nobody else may learn about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.commands import attest, describe, mark_taken_down, publish, withdraw
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile, Recording
from indii.identity.profiles.queries import own_profile
from indii.kernel import jobs
from indii.kernel.context import SYSTEM
from indii.kernel.jobs import Job, JobStatus
from tests.factories.catalog import make_recording, make_upload
from tests.factories.identity import password_hash, sign_in
from tests.factories.orders import make_order, number_of, pay_order
from tests.serving import Person, Site

CALLERS = ("anonymous", "fan", "b", "admin", "a")
"""Nobody, a fan, another producer, an administrator; `a` is the producer whose things they are."""

_serial = count(1)


@dataclass(frozen=True)
class Thing:
    """A recording of producer A."""

    id: UUID
    slug: str
    title: str


@dataclass(frozen=True)
class Secret:
    """A text that only these callers may ever be sent."""

    what: str
    text: str
    knows: frozenset[str]


class World:
    """Producer A with recordings in every state, and everybody else."""

    def __init__(self, site: Site) -> None:
        self.site, self.rt = site, site.rt
        self.people: dict[str, Person] = self.new_people()
        self.live = self.recording("Harbour Lights")
        self.draft = self.recording("Quillfeather Sketch", is_live=False)
        self.withdrawn = self.recording("Withheld Marzipan")
        with self.rt.write(self.a.actor) as ctx:
            withdraw(ctx, recording_id=self.withdrawn.id)
        self.down = self.recording("Sunken Obelisk")
        with self.rt.write(self.admin.actor) as ctx:
            mark_taken_down(ctx, recording_id=self.down.id, reason="An uncleared vermilion sample.")
        self.bs_live = self.recording("Neighbour Song", owner=self.b)
        self.secrets = [*self._private_things(), *self._private_facts(self.people)]

    @property
    def a(self) -> Person:
        """The producer whose things they are."""
        return self.people["a"]

    @property
    def b(self) -> Person:
        """Another producer."""
        return self.people["b"]

    @property
    def fan(self) -> Person:
        """Somebody who listens."""
        return self.people["fan"]

    @property
    def admin(self) -> Person:
        """Somebody in charge."""
        return self.people["admin"]

    def new_people(self) -> dict[str, Person]:
        """One of each, with names of their own."""
        n = next(_serial)
        return {
            caller: self.site.person(name, roles, email=f"{caller}{n}@{domain}.example.com")
            for caller, name, roles, domain in (
                ("fan", f"Mara {n}", ["fan"], "amber"),
                ("b", f"Bo Lindqvist {n}", ["fan", "producer"], "basalt"),
                ("admin", f"Noor {n}", ["fan", "admin"], "cobalt"),
                ("a", f"Ash Verell {n}", ["fan", "producer"], "dolomite"),
            )
        }

    def cookie(self, caller: str, people: Mapping[str, Person] | None = None) -> str:
        """What this caller's browser sends."""
        found = (people or self.people).get(caller)
        return found.cookie if found else ""

    # ------------------------------------------------------------------ things to act on

    def recording(
        self, title: str, *, owner: Person | None = None, is_live: bool = True, **facts: object
    ) -> Thing:
        """A finished recording, A's unless told otherwise."""
        actor = (owner or self.a).actor
        made = make_recording(self.rt, actor, title=title, is_live=is_live, **facts)  # type: ignore[arg-type]
        return self.thing(made)

    def new(self, **facts: object) -> Thing:
        """A recording of A for one attempt."""
        return self.recording(f"Trial Piece {next(_serial)}", **facts)  # type: ignore[arg-type]

    def thing(self, recording_id: UUID) -> Thing:
        """The recording with this id as it stands."""
        with self.rt.read(SYSTEM) as ctx:
            found = ctx.db.get(Recording, recording_id)
            assert found is not None
            return Thing(found.id, found.slug, found.title)

    def ready_draft(self) -> Thing:
        """A draft of A that only waits to be published."""
        return self.new(is_live=False)

    def upload(self, kind: FileKind = FileKind.MAIN_WAV, **facts: object) -> UUID:
        """A checked upload of A."""
        return make_upload(self.rt, self.a.actor, kind, **facts)  # type: ignore[arg-type]

    def taken_down(self) -> Thing:
        """A recording of A that a moderator took down."""
        made = self.new()
        with self.rt.write(self.admin.actor) as ctx:
            mark_taken_down(ctx, recording_id=made.id, reason="Cleared in error.")
        return made

    def dead_job(self, kind: str, key: str, *, said: str = "the turquoise part broke") -> UUID:
        """A job that gave up."""
        with self.rt.write(SYSTEM) as ctx:
            made = jobs.enqueue(ctx.db, kind, key=key, payload={}, now=ctx.now)
            job = ctx.db.get(Job, made)
            assert job is not None
            job.state, job.finished_at = JobStatus.DEAD, ctx.now
            job.last_error = said
        return made

    def second_session(self, person: Person) -> UUID:
        """Another signed-in browser of this person."""
        return self.session_id(sign_in(self.rt, person.email)[1].session_id)

    @staticmethod
    def session_id(found: UUID | None) -> UUID:
        """The id, which is there."""
        assert found is not None
        return found

    def sold(self, *, has_papers: bool = True) -> UUID:
        """A paid order of the fan for a recording of A."""
        order = make_order(self.rt, self.fan.actor, [(self.new().id, "mp3_lease")])
        return pay_order(self.rt, order, has_papers=has_papers)

    def number_of(self, order_id: UUID) -> str:
        """The number that people know an order by."""
        return number_of(self.rt, order_id)

    def slug_of(self, person: Person) -> str:
        """The address part of somebody's own page."""
        with self.rt.read(person.actor) as ctx:
            return own_profile(ctx).slug

    def publish_again(self, thing: Thing, owner: Person) -> None:
        """Bring a withdrawn recording back, by its owner."""
        with self.rt.write(owner.actor) as ctx:
            describe(
                ctx, recording_id=thing.id, title=thing.title, genre="drill", mood="dark",
                bpm=140.0, key=3, tags=[], credits="",
            )  # fmt: skip
            attest(ctx, recording_id=thing.id, holds_rights=True, ai_use="none")
            publish(ctx, recording_id=thing.id)

    # ------------------------------------------------------------------ what is private

    def storage_keys(self) -> list[str]:
        """Where originals lie: nobody is ever told."""
        with self.rt.read(SYSTEM) as ctx:
            return list(
                ctx.db.scalars(
                    select(col(MediaFile.storage_key)).where(
                        col(MediaFile.kind) != FileKind.PREVIEW
                    )
                )
            )

    def _private_things(self) -> list[Secret]:
        own = frozenset({"a", "admin"})
        return [
            Secret("the title of a draft", self.draft.title, own),
            Secret("the title of what was withdrawn", self.withdrawn.title, own),
            Secret("the title of what was taken down", self.down.title, own),
            Secret("why it was taken down", "vermilion", own),
            Secret("what went wrong inside", "turquoise", frozenset({"admin"})),
            *(Secret("where an original lies", key, frozenset()) for key in self.storage_keys()),
        ]

    def _private_facts(self, people: Mapping[str, Person]) -> list[Secret]:
        found = [Secret("a password's hash", password_hash()[-30:], frozenset())]
        for caller, person in people.items():
            own = frozenset({caller, "admin"})
            session = str(self.session_id(person.actor.session_id))
            found += [
                Secret(f"the e-mail of {caller}", person.email, own),
                Secret(f"a session's id of {caller}", session, frozenset({caller})),
                Secret(f"the cookie of {caller}", person.token, frozenset()),
            ]
        return found

    def leaks(
        self,
        caller: str,
        frames: Iterable[str],
        people: Mapping[str, Person] | None = None,
    ) -> list[str]:
        """What this caller was sent and should not have been."""
        sent = "\n".join(frames)
        secrets = self.secrets + (self._private_facts(people) if people else [])
        return [s.what for s in secrets if caller not in s.knows and s.text in sent]
