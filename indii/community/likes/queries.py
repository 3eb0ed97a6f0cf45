"""What is liked: among the recordings on a page, and by whoever looks."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import RecordingRow, rows
from indii.community.likes.models import RecordingLike
from indii.kernel.context import ReadCtx
from indii.kernel.format import count
from indii.kernel.paging import newest_first

PAGE = 24


@dataclass(frozen=True, slots=True)
class LikesShown:
    """Of each recording on a page whether the actor likes it; how many like the page's own."""

    likes: dict[str, bool] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def likes_of(
    ctx: ReadCtx, recording_ids: tuple[UUID, ...], *, about: UUID | None = None
) -> LikesShown:
    """Return which of these recordings the actor likes; nothing of a visitor."""
    counts = {} if about is None else {str(about): _number_of_likes(ctx, about)}
    if ctx.actor.account_id is None or not recording_ids:
        return LikesShown(counts=counts)
    liked = ctx.db.scalars(
        select(col(RecordingLike.recording_id)).where(
            col(RecordingLike.account_id) == ctx.actor.account_id,
            col(RecordingLike.recording_id).in_(recording_ids),
        )
    )
    return LikesShown({str(one): one in set(liked) for one in recording_ids}, counts)


def _number_of_likes(ctx: ReadCtx, recording_id: UUID) -> int:
    statement = select(func.count()).where(col(RecordingLike.recording_id) == recording_id)
    return int(ctx.db.scalar(statement) or 0)


@dataclass(frozen=True, slots=True)
class LikedPage:
    """A page of what somebody likes; `older` is the address that continues the list."""

    rows: list[RecordingRow] = field(default_factory=list)
    total: str = ""
    older: str = ""
    is_continued: bool = False
    is_signed_in: bool = False


def liked_page(ctx: ReadCtx, *, after: UUID | None = None) -> LikedPage:
    """Return what the actor likes, the newest like first; only what is still public.

    `after` is the actor's own like behind which the page begins; any other begins anew.
    """
    if ctx.actor.account_id is None:
        return LikedPage()
    listed = (
        select(RecordingLike)
        .join(Recording, col(Recording.id) == col(RecordingLike.recording_id))
        .where(
            col(RecordingLike.account_id) == ctx.actor.account_id,
            col(Recording.state) == RecordingStatus.LIVE,
        )
    )
    page = newest_first(
        ctx.db,
        listed,
        by=col(RecordingLike.created_at),
        key=col(RecordingLike.id),
        size=PAGE,
        after=after,
    )
    total = ctx.db.scalar(listed.with_only_columns(func.count())) or 0
    return LikedPage(
        rows=list(rows(ctx, [like.recording_id for like in page.rows])),
        total=count(total, "recording"),
        older=f"/liked?after={page.next_after}" if page.next_after else "",
        is_continued=not page.is_first,
        is_signed_in=True,
    )
