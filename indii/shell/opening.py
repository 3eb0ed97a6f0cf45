"""Opening a page: one event runs the page's own handlers and fills everything around it.

Reflex would queue an event a handler and one more to say that all are done; each locks the tab,
fetches its state from Redis and asks who is there. `queue_one_event()` is the only place that
touches how Reflex does it, and a test counts the events.
"""

from typing import Any, cast

import reflex as rx
from reflex import state as framework
from reflex.event import EventHandler

from indii.kernel.errors import IndiiError
from indii.ui.frame import PageSubjects, frame_parts, read_frame
from indii.ui.page import page_at
from indii.ui.state import Actions, Policy, public, report_error


class FrameState(Actions, rx.State):
    """Opens pages; what they show is in the states of the features."""

    @public
    async def open(self) -> object:
        """Show the page at the tab's address, with all that stands around it."""
        # Becomes true below: the browser is told of changes alone.
        self.is_hydrated = False
        page, later, found = page_at(self.router.url.path), [], PageSubjects()
        try:
            for handler in page.handlers if page else ():
                later.append(await self._load(handler))
                found += (await self._state_of(handler))._subjects()
            await self._fill(found)
        finally:
            self.is_hydrated = True
        return [event for event in later if event is not None]

    async def _load(self, handler: EventHandler) -> Any:
        """Run a handler of the page as the guard would let it; return what shall follow it."""
        policy: Policy = handler.fn._policy
        state = await self._state_of(handler)
        try:
            policy.check(self._actor())
        except IndiiError as error:
            await report_error(state, error)
            return None
        return handler if handler.is_background else await handler.fn(state)

    async def _state_of(self, handler: EventHandler) -> Actions:
        assert handler.state is not None
        return cast("Actions", await self.get_state(handler.state))

    async def _fill(self, subjects: PageSubjects) -> None:
        """Read all parts of the frame at once, and let each show what it got."""
        parts = [
            (part, cast("Actions", await self.get_state(part.state))) for part in frame_parts()
        ]
        asked = [(part, await state._frame_asks()) for part, state in parts]
        found = await self._fetch(read_frame, subjects, asked)
        for (_, state), answer in zip(parts, found, strict=True):
            await state._show_frame(answer)


def _events_of_page(state: rx.State) -> list[Any]:
    state.is_hydrated = False
    return [FrameState.open]


def queue_one_event() -> None:
    """Make this one event all that Reflex queues for an opened page."""
    framework._load_events_for_page = _events_of_page
