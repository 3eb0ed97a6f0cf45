"""States of the public pages: each holds one view and reads everything else from the address."""

from urllib.parse import parse_qsl

import reflex as rx

from indii.discovery.browse import queries
from indii.discovery.browse.queries import HomePage, ProducerPage, RecordingPage
from indii.kernel.errors import NotFound
from indii.ui.frame import PageSubjects
from indii.ui.state import Actions, public


class HomeState(Actions, rx.State):
    """The front page."""

    page: HomePage = HomePage()
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Show what is new and what is played."""
        self.page = await self._fetch(queries.home_page)
        self.is_ready = True

    def _subjects(self) -> PageSubjects:
        return PageSubjects.of(*self.page.fresh, *self.page.popular, *self.page.free)


class RecordingState(Actions, rx.State):
    """The page of one recording."""

    page: RecordingPage = RecordingPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the recording in the address."""
        slug = self._path_param()
        self.is_missing = False
        try:
            self.page = await self._fetch(queries.recording_page, slug)
        except NotFound:
            self.page, self.is_missing = RecordingPage(), True
        self.is_ready = True

    def _subjects(self) -> PageSubjects:
        facts, similar = self.page.facts, [item.row for item in self.page.similar]
        return PageSubjects.of(*similar, about=facts.row if facts else None)


class ProducerState(Actions, rx.State):
    """The page of one producer."""

    page: ProducerPage = ProducerPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the producer in the address."""
        slug = self._path_param()
        after = dict(parse_qsl(self.router.url.query)).get("after", "")
        self.is_missing = False
        try:
            self.page = await self._fetch(queries.producer_page, slug, after=after)
        except NotFound:
            self.page, self.is_missing = ProducerPage(), True
        self.is_ready = True

    def _subjects(self) -> PageSubjects:
        return PageSubjects.of(*self.page.rows)
