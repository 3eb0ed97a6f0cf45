"""How a page keeps looking: until nothing is left to see, until a later watch, not for ever."""

import asyncio
from typing import Any

from indii.ui.state import Actions


class Watched(Actions):
    """A state's lock and counter, without a browser."""

    def __init__(self) -> None:
        self._watch, self.looks, self.held = 0, 0, False

    async def __aenter__(self) -> None:
        assert not self.held
        self.held = True

    async def __aexit__(self, *_: object) -> None:
        self.held = False

    async def look(self) -> None:
        assert self.held, "what is read must not change meanwhile"
        self.looks += 1

    async def watch(self, goes_on: Any, times: int = 5) -> None:
        await self._poll(self.look, goes_on=goes_on, times=times, every_s=0)


async def test_it_looks_while_it_goes_on_and_no_longer() -> None:
    state = Watched()
    await state.watch(lambda: state.looks < 2)
    assert state.looks == 2
    assert not state.held


async def test_it_does_not_look_for_ever() -> None:
    state = Watched()
    await state.watch(lambda: True, times=3)
    assert state.looks == 3


async def test_a_later_watch_ends_the_one_before() -> None:
    state = Watched()
    first = asyncio.create_task(state.watch(lambda: True, times=10_000))
    await asyncio.sleep(0.01)
    await state.watch(lambda: False)
    before = state.looks
    await first
    assert 0 < before < 10_000
    assert state.looks == before
