"""States of likes: which recordings on the page are liked, and the list of all."""

import reflex as rx

from indii.catalog.recordings.errors import RecordingNotFound
from indii.community.likes import commands, queries
from indii.community.likes.queries import LikedPage, LikesShown
from indii.kernel.ids import read_id, require_id
from indii.ui.frame import PageSubjects, frame_part
from indii.ui.state import Actions, public

PER_MINUTE = 120


@frame_part(lambda ctx, page: queries.likes_of(ctx, page.recordings, about=page.about))
class LikesState(Actions, rx.State):
    """Of the recordings that the tab shows: which are liked, and how many like the page's own."""

    likes: dict[str, bool] = {}
    counts: dict[str, int] = {}
    # The last press that was answered; one that was refused is answered too.
    answered: int = 0
    is_signed_in: bool = False
    is_ready: bool = False

    async def _show_frame(self, found: LikesShown) -> None:
        self.likes, self.counts = found.likes, found.counts
        self.is_signed_in, self.is_ready = self._actor().is_signed_in, True

    @public
    async def like(self, recording_id: str, is_liked: bool, call: int) -> None:  # noqa: FBT001
        """Like a recording, or take that back."""
        self.answered = call
        wanted = require_id(recording_id, RecordingNotFound)
        await self._limit("like", times=PER_MINUTE, per_s=60)
        await self._perform(commands.set_like, recording_id=wanted, is_liked=is_liked)
        self.likes = {**self.likes, str(wanted): is_liked}

    @public
    async def ask(self, recording_id: str) -> None:
        """Say whether one more recording is liked: the one that plays, from another page."""
        wanted = require_id(recording_id, RecordingNotFound)
        found = await self._fetch(queries.likes_of, (wanted,))
        self.likes = {**self.likes, **found.likes}


class LikedState(Actions, rx.State):
    """Everything that somebody likes; the address says how far back the list goes."""

    page: LikedPage = LikedPage()
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Show what is liked."""
        after = read_id(self.router.url.query_parameters.get("after", ""))
        self.page = await self._fetch(queries.liked_page, after=after)
        self.is_ready = True

    def _subjects(self) -> PageSubjects:
        return PageSubjects.of(*self.page.rows)
