"""Explore: the address is the state, this is only its answer."""

from dataclasses import replace
from urllib.parse import parse_qsl

import reflex as rx

from indii.discovery.search import queries
from indii.discovery.search.queries import ExplorePage
from indii.discovery.search.rules import Filters, Sort, href, parse
from indii.kernel.text import clean_line
from indii.ui.frame import PageSubjects
from indii.ui.state import Actions, public


class ExploreState(Actions, rx.State):
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

    def _subjects(self) -> PageSubjects:
        return PageSubjects.of(*self.page.rows)

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
