"""What the public pages show, shaped for the screen: one frozen view a page.

First HTML and Reflex state are rendered from the same view, so the two can never disagree.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.recordings.enums import Genre, Mood
from indii.catalog.recordings.models import Recording, SoundFact
from indii.catalog.recordings.queries import (
    RecordingFacts,
    RecordingRow,
    find_recording,
    recording_facts,
    rows,
)
from indii.discovery.search import queries as search
from indii.discovery.search.rules import BPM_HI, BPM_LO, PAGE, Filters, Sort, href
from indii.discovery.similar.queries import similar_to
from indii.identity.profiles.queries import PublicProfile, public_profile
from indii.kernel.context import ReadCtx
from indii.kernel.drawing import readable_pair, wave_path
from indii.kernel.errors import NotFound
from indii.kernel.format import count
from indii.kernel.music_keys import BY_CAMELOT, KEY_COUNT, camelot, compatible, key_name
from indii.kernel.text import words
from indii.store.offers.queries import TierView, tiers_of

HERO_BARS, HERO_HEIGHT = 260, 110
EAR = "acoustic-v1"
EAR_LABEL = "acoustic ear v1: rhythm, timbre and harmony measured from the audio"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a filter: choosing it leads to `href`."""

    label: str
    count: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One key of the wheel; `is_near` marks those that the chosen one mixes with."""

    camelot: str
    name: str
    href: str
    is_on: bool
    is_near: bool
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter; following `href` takes it away."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ExplorePage:
    """The explore page; every link in it is an address that can be shared."""

    rows: list[RecordingRow] = field(default_factory=list)
    total: str = ""
    noun: str = "recordings"
    text: str = ""
    corrected: str = ""
    chips: list[Chip] = field(default_factory=list)
    genres: list[Choice] = field(default_factory=list)
    moods: list[Choice] = field(default_factory=list)
    tiers: list[Choice] = field(default_factory=list)
    prices: list[Choice] = field(default_factory=list)
    wheel: list[KeyChoice] = field(default_factory=list)
    compatible: Choice = field(default=Choice("Compatible keys too", "", "", is_on=False))
    half_double: Choice = field(default=Choice("Half and double time too", "", "", is_on=False))
    bpm_lo: int = BPM_LO
    bpm_hi: int = BPM_HI
    sort: str = "new"
    sorts: list[Choice] = field(default_factory=list)
    clear_href: str = "/explore"
    next_href: str = ""
    first_href: str = ""
    ear: str = EAR_LABEL


def explore_page(ctx: ReadCtx, filters: Filters) -> ExplorePage:
    """Return the page of this question: rows, counts beside every filter, all as links."""
    found = search.find(ctx, filters)
    counts = search.facets(ctx, filters)
    start = replace(filters, after="")
    return ExplorePage(
        rows=list(rows(ctx, found.ids)),
        total=f"{found.total:,}",
        noun="recording" if found.total == 1 else "recordings",
        text=filters.text,
        corrected=found.corrected,
        chips=_chips(start),
        genres=_choices(start, "genres", Genre, counts.genres),
        moods=_choices(start, "moods", Mood, counts.moods),
        tiers=_tier_choices(start, counts),
        prices=_price_choices(start, counts.free),
        wheel=_keys(start, counts.keys),
        compatible=Choice(
            "Compatible keys too",
            "",
            href(replace(start, compatible_keys=not start.compatible_keys)),
            is_on=start.compatible_keys,
        ),
        half_double=Choice(
            "Half and double time too",
            "",
            href(replace(start, half_double=not start.half_double)),
            is_on=start.half_double,
        ),
        bpm_lo=filters.bpm[0] if filters.bpm else BPM_LO,
        bpm_hi=filters.bpm[1] if filters.bpm else BPM_HI,
        sort=str(filters.sort),
        sorts=_sorts(start),
        clear_href=href(Filters(sort=filters.sort if filters.sort is not Sort.BEST else Sort.NEW)),
        next_href=href(replace(filters, after=found.next)) if found.next else "",
        first_href=href(start) if filters.after else "",
    )


def _with(filters: Filters, name: str, values: tuple[str, ...]) -> Filters:
    if name == "genres":
        return replace(filters, genres=values)
    return replace(filters, moods=values)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in values if v != value) if value in values else (*values, value)


def _choices(
    filters: Filters, name: str, every: type[Genre] | type[Mood], counted: Mapping[str, int]
) -> list[Choice]:
    """Return the choices that lead somewhere, and those that are on, most common first."""
    chosen: tuple[str, ...] = getattr(filters, name)
    shown = [str(v) for v in every if counted.get(str(v)) or str(v) in chosen]
    return [
        Choice(
            label=value.capitalize(),
            count=f"{counted.get(value, 0):,}",
            href=href(_with(filters, name, _toggled(chosen, value))),
            is_on=value in chosen,
        )
        for value in sorted(shown, key=lambda v: (-counted.get(v, 0), v))
    ]


def _tier_choices(filters: Filters, counts: search.Facets) -> list[Choice]:
    return [
        Choice(
            label=TIER_LABELS[tier],
            count=f"{counts.tiers.get(str(tier), 0):,}",
            href=href(replace(filters, tier="" if filters.tier == tier else str(tier))),
            is_on=filters.tier == tier,
        )
        for tier in LicenseTier
        if counts.tiers.get(str(tier)) or filters.tier == tier
    ]


def _price_choices(filters: Filters, free: int) -> list[Choice]:
    steps = [
        Choice(
            label=f"Under ${limit}",
            count="",
            href=href(replace(filters, price_max=None if filters.price_max == limit else limit)),
            is_on=filters.price_max == limit,
        )
        for limit in (20, 30, 50)
    ]
    gratis = Choice(
        label="Free",
        count=f"{free:,}",
        href=href(replace(filters, is_free=not filters.is_free)),
        is_on=filters.is_free,
    )
    return [gratis, *steps] if free or filters.is_free else steps


def _keys(filters: Filters, counted: Mapping[int, int]) -> list[KeyChoice]:
    near = set(compatible(filters.key)) if filters.key is not None else set()
    places = [f"{n}{letter}" for letter in "AB" for n in range(1, KEY_COUNT // 2 + 1)]
    return [
        KeyChoice(
            camelot=place,
            name=key_name(BY_CAMELOT[place]),
            href=href(replace(filters, key=None if is_on else BY_CAMELOT[place])),
            is_on=is_on,
            is_near=filters.compatible_keys and not is_on and BY_CAMELOT[place] in near,
            is_empty=not counted.get(BY_CAMELOT[place]),
        )
        for place in places
        for is_on in [filters.key == BY_CAMELOT[place]]
    ]


def _chips(filters: Filters) -> list[Chip]:
    chips = [Chip(f"“{filters.text}”", href(replace(filters, text="")))] if filters.text else []
    for name in ("genres", "moods"):
        chosen: tuple[str, ...] = getattr(filters, name)
        chips += [
            Chip(v.capitalize(), href(_with(filters, name, _toggled(chosen, v)))) for v in chosen
        ]
    if filters.bpm:
        label = f"{filters.bpm[0]}–{filters.bpm[1]} bpm"
        label += ", half and double" if filters.half_double else ""
        chips.append(Chip(label, href(replace(filters, bpm=None, half_double=False))))
    if filters.key is not None:
        label = camelot(filters.key) + (" and compatible" if filters.compatible_keys else "")
        chips.append(Chip(label, href(replace(filters, key=None, compatible_keys=False))))
    if filters.price_max is not None:
        chips.append(Chip(f"under ${filters.price_max}", href(replace(filters, price_max=None))))
    if filters.tier:
        label = TIER_LABELS[LicenseTier(filters.tier)]
        chips.append(Chip(label, href(replace(filters, tier=""))))
    if filters.is_free:
        chips.append(Chip("Free", href(replace(filters, is_free=False))))
    return chips


def _sorts(filters: Filters) -> list[Choice]:
    labels = {
        Sort.BEST: "Best match",
        Sort.NEW: "Newest",
        Sort.POPULAR: "Most played",
        Sort.PRICE: "Lowest price",
    }
    has_text = bool(words(filters.text))
    return [
        Choice(label, str(sort), href(replace(filters, sort=sort)), is_on=filters.sort is sort)
        for sort, label in labels.items()
        if has_text or sort is not Sort.BEST
    ]


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
    fresh = search.find(ctx, Filters()).ids[:12]
    popular = _played(ctx)
    free = search.find(ctx, Filters(is_free=True)).ids[:4]
    shown = {row.id: row for row in rows(ctx, list(dict.fromkeys([*fresh, *popular, *free])))}
    counts = search.facets(ctx, Filters())
    return HomePage(
        fresh=[shown[str(i)] for i in fresh if str(i) in shown],
        popular=[shown[str(i)] for i in popular if str(i) in shown],
        free=[shown[str(i)] for i in free if str(i) in shown],
        genres=_choices(Filters(), "genres", Genre, counts.genres),
        producers=_producers(ctx),
        recordings=count(search.count(ctx, Filters()), "recording"),
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
    tiers: list[TierView] = field(default_factory=list)
    similar: list[SimilarRow] = field(default_factory=list)
    is_heard: bool = False
    # The large waveform, and the recording's two colours made readable on either theme.
    hero_wave: str = ""
    colour_a: str = "#26262b"
    colour_b: str = "#a5a1a0"
    ear: str = EAR_LABEL


def recording_page(ctx: ReadCtx, slug: str) -> RecordingPage:
    """Return the recording with its tiers and what sounds like it.

    Raises:
        NotFound: there is none under this address that the actor may see.
    """
    recording_id = find_recording(ctx, slug)
    if recording_id is None:
        raise NotFound("There is no recording at this address.")
    facts = recording_facts(ctx, slug)
    near = similar_to(ctx, recording_id, model=EAR)
    peaks = ctx.db.scalar(
        select(col(SoundFact.peaks)).where(col(SoundFact.recording_id) == recording_id)
    )
    dark = readable_pair(facts.row.colour_a, facts.row.colour_b, "dark")
    light = readable_pair(facts.row.colour_a, facts.row.colour_b, "light")
    found = {row.id: row for row in rows(ctx, [n.recording_id for n in near])}
    return RecordingPage(
        facts=facts,
        tiers=list(tiers_of(ctx, recording_id)),
        similar=[
            SimilarRow(found[str(n.recording_id)], n.why)
            for n in near
            if str(n.recording_id) in found
        ],
        is_heard=bool(near),
        hero_wave=wave_path(peaks, HERO_BARS, HERO_HEIGHT) if peaks else "",
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
            Choice(g.capitalize(), f"{n:,}", href(Filters(genres=(g,))), is_on=False)
            for g, n in genres
            if g
        ],
        next_href=f"/producer/{slug}?after={following}" if following else "",
    )


def _recordings_of(ctx: ReadCtx, producer_id: UUID, after: str) -> tuple[Sequence[UUID], str]:
    statement = select(col(Recording.id)).where(
        col(Recording.producer_id) == producer_id, col(Recording.state) == "live"
    )
    with suppress(ValueError):
        statement = statement.where(col(Recording.id) < UUID(after)) if after else statement
    ids = ctx.db.scalars(statement.order_by(col(Recording.id).desc()).limit(PAGE + 1))
    return ids[:PAGE], str(ids[PAGE - 1]) if len(ids) > PAGE else ""
