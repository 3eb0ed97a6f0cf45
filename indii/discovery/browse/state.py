"""States of the public pages: each holds one view and reads everything else from the address."""

from dataclasses import replace
from urllib.parse import parse_qsl

import reflex as rx

from indii.discovery.browse import queries
from indii.discovery.browse.queries import ExplorePage, HomePage, ProducerPage, RecordingPage
from indii.discovery.search.rules import Filters, Sort, href, parse
from indii.kernel.errors import NotFound
from indii.kernel.text import clean_line
from indii.ui.state import Acting, public


class HomeState(Acting, rx.State):
    """The front page."""

    page: HomePage = HomePage()
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Show what is new and what is played."""
        self.page = await self._fetch(queries.home_page)
        self.is_ready = True


class ExploreState(Acting, rx.State):
    """Explore: the address is the state, this is only its answer."""

    page: ExplorePage = ExplorePage()
    is_ready: bool = False

    def _filters(self) -> Filters:
        return parse(parse_qsl(self.router.url.query))

    @public
    async def load(self) -> None:
        """Answer the question in the address."""
        self.page = await self._fetch(queries.explore_page, self._filters())
        self.is_ready = True

    @public
    async def search(self, form_data: dict[str, str]) -> object:
        """Go to the answer for these words, keeping the other filters."""
        words = clean_line(form_data.get("q", ""))[:100]
        sort = Sort.BEST if words else Sort.NEW
        return rx.redirect(href(replace(self._filters(), text=words, sort=sort, after="")))

    @public
    async def set_tempo(self, lo: int, hi: int) -> object:
        """Go to the answer for this tempo range."""
        asked = parse([("bpm", f"{lo}-{hi}")]).bpm
        return rx.redirect(href(replace(self._filters(), bpm=asked, after="")))

    @public
    async def sort_by(self, order: str) -> object:
        """Go to the same answer in another order."""
        query = [*parse_qsl(self.router.url.query), ("sort", order), ("after", "")]
        return rx.redirect(href(parse(query)))


class RecordingState(Acting, rx.State):
    """The page of one recording."""

    page: RecordingPage = RecordingPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the recording in the address."""
        slug = self.router.url.path.rstrip("/").rpartition("/")[2]
        self.is_missing = False
        try:
            self.page = await self._fetch(queries.recording_page, slug)
        except NotFound:
            self.page, self.is_missing = RecordingPage(), True
        self.is_ready = True


class ProducerState(Acting, rx.State):
    """The page of one producer."""

    page: ProducerPage = ProducerPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the producer in the address."""
        url = self.router.url
        slug = url.path.rstrip("/").rpartition("/")[2]
        after = dict(parse_qsl(url.query)).get("after", "")
        self.is_missing = False
        try:
            self.page = await self._fetch(queries.producer_page, slug, after=after)
        except NotFound:
            self.page, self.is_missing = ProducerPage(), True
        self.is_ready = True
