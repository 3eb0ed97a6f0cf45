"""The numbers of a producer and the recordings they are summed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.access.queries import own_play_counts, own_recent_plays
from indii.catalog.analysis.queries import WorkStep, work_by_recording
from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.queries import OwnRecording, own_recordings
from indii.kernel.context import ReadCtx
from indii.kernel.format import count, whole_number
from indii.studio.dashboard.rules import Chart, change_label, draw_chart

SHOWN_LABELS = {
    "all": "All", "live": "Published", "draft": "Drafts", "withdrawn": "Withdrawn",
    "taken_down": "Taken down",
}  # fmt: skip
SHOWN = tuple(SHOWN_LABELS)


@dataclass(frozen=True, slots=True)
class StudioRow:
    """A recording in the studio's table; `work` says how its processing stands.

    It has what the player needs under the names of a recording's row (`play_item`).
    """

    id: str
    slug: str
    title: str
    producer_name: str
    producer_slug: str
    cover_url: str
    cover_small: str
    seconds: float
    colour_a: str
    colour_b: str
    is_playable: bool
    state: str
    state_label: str
    created: str
    tiers: str
    price_prefix: str
    price: str
    plays: str
    recent: str
    work: str
    is_working: bool
    has_failed: bool


@dataclass(frozen=True, slots=True)
class StudioTab:
    """One view of the table with how many recordings it holds."""

    label: str
    href: str
    count: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the studio opens with."""

    live: str = "0"
    live_note: str = ""
    today: str = "0"
    recent: str = "0"
    change: str = ""
    trend: str = ""
    ever: str = "0"
    chart: Chart = field(default_factory=lambda: draw_chart((), ()))
    tabs: list[StudioTab] = field(default_factory=list)
    rows: list[StudioRow] = field(default_factory=list)
    is_empty: bool = False
    has_plays: bool = False
    is_working: bool = False


def dashboard(ctx: ReadCtx, *, shown: str = "all", order: str = "new") -> Dashboard:
    """Return the actor's numbers, their chart and their recordings."""
    ctx.actor.require_role("producer")
    counts, recent = own_play_counts(ctx), own_recent_plays(ctx)
    own = own_recordings(ctx)
    work = work_by_recording(ctx, [UUID(r.row.id) for r in own])
    rows = [_row(r, work.get(UUID(r.row.id), ()), recent.get(UUID(r.row.id), 0)) for r in own]
    live = sum(r.state == RecordingStatus.LIVE for r in own)
    change, trend = change_label(counts.recent, counts.before)
    shown = shown if shown in SHOWN else "all"
    ordered = sorted(zip(own, rows, strict=True), key=lambda pair: _weight(pair[0], order, recent))
    return Dashboard(
        live=whole_number(live),
        live_note=f"of {count(len(own), 'recording')}",
        today=whole_number(counts.today),
        recent=whole_number(counts.recent),
        change=change,
        trend=trend,
        ever=whole_number(counts.ever),
        chart=draw_chart(counts.by_day, counts.by_day_before),
        tabs=_tabs(own, shown),
        rows=[row for _, row in ordered if shown in {"all", row.state}],
        is_empty=not own,
        has_plays=counts.recent + counts.before > 0,
        is_working=any(row.is_working for row in rows),
    )


def _weight(recording: OwnRecording, order: str, recent: Mapping[UUID, int]) -> int:
    """Return what a stable sort goes by; the list comes newest first."""
    if order == "plays":
        return -recording.plays
    if order == "recent":
        return -recent.get(UUID(recording.row.id), 0)
    return 0


def _tabs(own: Sequence[OwnRecording], shown: str) -> list[StudioTab]:
    counted = {key: sum(key in {"all", r.state} for r in own) for key in SHOWN}
    return [
        StudioTab(
            label=SHOWN_LABELS[key],
            href="/studio" if key == "all" else f"/studio?state={key}",
            count=whole_number(counted[key]),
            is_on=key == shown,
        )
        for key in SHOWN
        if counted[key] or key == "all"
    ]


def _row(own: OwnRecording, steps: Sequence[WorkStep], recent: int) -> StudioRow:
    failed = [s for s in steps if s.state == "failed"]
    is_open = any(s.state in {"waiting", "running"} for s in steps)
    return StudioRow(
        id=own.row.id,
        slug=own.row.slug,
        title=own.row.title,
        producer_name=own.row.producer_name,
        producer_slug=own.row.producer_slug,
        cover_url=own.row.cover_url,
        cover_small=own.row.cover_small,
        seconds=own.row.seconds,
        colour_a=own.row.colour_a,
        colour_b=own.row.colour_b,
        is_playable=bool(own.row.wave),
        state=own.state,
        state_label=own.state_label,
        created=own.created_label,
        tiers=", ".join(label for tier, label in TIER_LABELS.items() if tier in own.tiers),
        price_prefix=own.row.price_prefix,
        price=own.row.price,
        plays=whole_number(own.plays),
        recent=whole_number(recent),
        work=_work_label(steps, has_failed=bool(failed), is_open=is_open),
        is_working=is_open,
        has_failed=bool(failed),
    )


def _work_label(steps: Sequence[WorkStep], *, has_failed: bool, is_open: bool) -> str:
    if not steps:
        return "No master yet"
    if has_failed:
        return "Failed"
    if is_open:
        return f"Processing {sum(s.progress for s in steps) // len(steps)} %"
    return "Ready"
