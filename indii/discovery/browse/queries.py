"""What the public pages show, shaped for the screen: one frozen view a page.

First HTML and Reflex state are rendered from the same view, so the two can never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.catalog.analysis.queries import large_wave
from indii.catalog.recordings.enums import Genre, label_of
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import (
    RecordingFacts,
    RecordingRow,
    find_recording,
    recording_facts,
    rows,
)
from indii.discovery.search import queries as search
from indii.discovery.search.rules import PAGE, Chip, Choice, Filters, choices, href
from indii.discovery.similar.queries import similar_to
from indii.identity.profiles.queries import PublicProfile, public_profile
from indii.kernel.context import ReadCtx
from indii.kernel.drawing import readable_pair
from indii.kernel.errors import NotFound
from indii.kernel.format import count, whole_number
from indii.kernel.ids import read_id
from indii.kernel.paging import behind
from indii.store.offers.queries import TierView, nothing_offered_notice, tiers_of
from indii.store.tips.queries import NO_TIP, PublicTip, TipOffer, public_tips, tip_offer

MODEL = "acoustic-v1"


@dataclass(frozen=True, slots=True)
class ProducerCard:
    """A producer in a list."""

    name: str
    slug: str
    avatar: str
    recordings: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The front page."""

    fresh: list[RecordingRow] = field(default_factory=list)
    popular: list[RecordingRow] = field(default_factory=list)
    free: list[RecordingRow] = field(default_factory=list)
    genres: list[Choice] = field(default_factory=list)
    producers: list[ProducerCard] = field(default_factory=list)
    recordings: str = ""


def home_page(ctx: ReadCtx) -> HomePage:
    """Return the front page: what is new, what is played, what is free, who makes it."""
    fresh = search.page_of(ctx, Filters())[0][:12]
    popular = _played(ctx)
    free = search.page_of(ctx, Filters(is_free=True))[0][:4]
    shown = {row.id: row for row in rows(ctx, list(dict.fromkeys([*fresh, *popular, *free])))}
    counts = search.facets(ctx, Filters())
    return HomePage(
        fresh=[shown[str(i)] for i in fresh if str(i) in shown],
        popular=[shown[str(i)] for i in popular if str(i) in shown],
        free=[shown[str(i)] for i in free if str(i) in shown],
        genres=choices(Filters(), "genres", Genre, counts.genres, counts.genres),
        producers=_producers(ctx),
        recordings=count(counts.total, "recording"),
    )


def _played(ctx: ReadCtx) -> Sequence[UUID]:
    """Return the most played recordings; what nobody has played is not popular."""
    return ctx.db.scalars(
        select(col(Recording.id))
        .where(col(Recording.state) == "live", col(Recording.plays) > 0)
        .order_by(col(Recording.plays).desc(), col(Recording.id).desc())
        .limit(8)
    )


def _producers(ctx: ReadCtx) -> list[ProducerCard]:
    from indii.identity.profiles.models import Profile
    from indii.identity.profiles.rules import avatar_url

    number = func.count(col(Recording.id))
    found = ctx.db.execute(
        select(Profile, number)
        .join(Recording, col(Recording.producer_id) == col(Profile.id))
        .where(col(Recording.state) == "live")
        .group_by(col(Profile.id))
        .order_by(number.desc(), col(Profile.id))
        .limit(6)
    )
    return [
        ProducerCard(
            name=profile.name,
            slug=profile.slug,
            avatar=avatar_url(profile.id, profile.avatar_key),
            recordings=count(total, "recording"),
        )
        for profile, total in found
    ]


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A recording that sounds alike, with the measured reason."""

    row: RecordingRow
    why: str


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """The page of one recording."""

    facts: RecordingFacts | None = None
    # Each leads to what else has it.
    tags: list[Chip] = field(default_factory=list)
    tiers: list[TierView] = field(default_factory=list)
    # Why there are none.
    nothing: str = ""
    similar: list[SimilarRow] = field(default_factory=list)
    is_embedded: bool = False
    tip: TipOffer = NO_TIP
    # The recording's two colours, made readable on either theme.
    colour_a: str = "#26262b"
    colour_b: str = "#a5a1a0"


def recording_page(ctx: ReadCtx, slug: str) -> RecordingPage:
    """Return the recording with its tiers and what sounds like it.

    Raises:
        NotFound: there is none under this address that the actor may see.
    """
    recording_id = find_recording(ctx, slug)
    if recording_id is None:
        raise NotFound("There is no recording at this address.")
    facts = replace(recording_facts(ctx, slug), hero_wave=large_wave(ctx, recording_id))
    near = similar_to(ctx, recording_id, model=MODEL)
    dark = readable_pair(facts.row.colour_a, facts.row.colour_b, "dark")
    light = readable_pair(facts.row.colour_a, facts.row.colour_b, "light")
    found = {row.id: row for row in rows(ctx, [n.recording_id for n in near])}
    tiers = list(tiers_of(ctx, recording_id))
    return RecordingPage(
        facts=facts,
        tags=[Chip(tag, href(Filters(text=tag))) for tag in facts.tags],
        tiers=tiers,
        nothing="" if tiers else nothing_offered_notice(ctx, recording_id),
        similar=[
            SimilarRow(found[str(n.recording_id)], n.why)
            for n in near
            if str(n.recording_id) in found
        ],
        is_embedded=bool(near),
        tip=tip_offer(ctx, UUID(facts.producer_id), recording=slug)
        if facts.state == "live"
        else NO_TIP,
        colour_a=f"light-dark({light[0]}, {dark[0]})",
        colour_b=f"light-dark({light[1]}, {dark[1]})",
    )


@dataclass(frozen=True, slots=True)
class ProducerPage:
    """The page of one producer."""

    profile: PublicProfile | None = None
    rows: list[RecordingRow] = field(default_factory=list)
    total: str = ""
    genres: list[Choice] = field(default_factory=list)
    next_href: str = ""
    tip: TipOffer = NO_TIP
    messages: list[PublicTip] = field(default_factory=list)


def producer_page(ctx: ReadCtx, slug: str, *, after: str = "") -> ProducerPage:
    """Return the producer with a page of their live recordings, newest first.

    Raises:
        NotFound: there is no profile at this address.
    """
    profile = public_profile(ctx, slug)
    ids, following = _recordings_of(ctx, UUID(profile.id), after)
    live = (col(Recording.producer_id) == UUID(profile.id), col(Recording.state) == "live")
    total = ctx.db.scalar(select(func.count()).select_from(Recording).where(*live)) or 0
    genres = ctx.db.execute(
        select(col(Recording.genre), func.count())
        .where(*live)
        .group_by(col(Recording.genre))
        .order_by(func.count().desc())
    )
    return ProducerPage(
        profile=profile,
        rows=list(rows(ctx, ids)),
        total=count(total, "recording"),
        genres=[
            Choice(label_of(g), whole_number(n), href(Filters(genres=(g,))), is_on=False)
            for g, n in genres
            if g
        ],
        next_href=f"/producer/{slug}?after={following}" if following else "",
        tip=tip_offer(ctx, UUID(profile.id)),
        messages=public_tips(ctx, UUID(profile.id)),
    )


def _recordings_of(ctx: ReadCtx, producer_id: UUID, after: str) -> tuple[Sequence[UUID], str]:
    statement = select(col(Recording.id)).where(
        col(Recording.producer_id) == producer_id, col(Recording.state) == "live"
    )
    statement = behind(ctx.db, statement, key=col(Recording.id), after=read_id(after))
    ids = ctx.db.scalars(statement.order_by(col(Recording.id).desc()).limit(PAGE + 1))
    return ids[:PAGE], str(ids[PAGE - 1]) if len(ids) > PAGE else ""
