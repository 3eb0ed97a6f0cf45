"""A browser tab without a browser: states, their handlers, the address they are at."""

import asyncio
import inspect

import reflex as rx
from reflex.istate.data import RouterData

from indii.shell.opening import FrameState


class Tab:
    """Holds one tree of states; handlers run on it as they would behind the guard."""

    def __init__(self):
        self.root = rx.State(_reflex_internal_init=True)
        self.loop = asyncio.new_event_loop()

    def close(self):
        """Let the loop go."""
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def at(self, address, cookie=""):
        """Be at this address, with these cookies in the handshake."""
        data = {
            "pathname": address.partition("?")[0],
            "asPath": address,
            "headers": {"cookie": cookie, "origin": "http://localhost:3000"},
        }
        self.root.router_data = data
        self.root.router = RouterData.from_router_data(data)

    def state(self, kind):
        """The state of this kind."""
        return self.loop.run_until_complete(self.root.get_state(kind))

    def call(self, kind, handler, *arguments):
        """Run a handler; return the state after it, and the event it answered with."""
        return self.loop.run_until_complete(self._call(kind, handler, arguments))

    def opened(self, kind):
        """The state of this kind after the page at the tab's address was opened."""
        self.run(FrameState, "open")
        return self.state(kind)

    def run(self, kind, handler, *arguments):
        """Run a handler and return the state after it."""
        return self.call(kind, handler, *arguments)[0]

    async def _call(self, kind, handler, arguments):
        state = await self.root.get_state(kind)
        function = kind.event_handlers[handler].fn
        actor = _Background(state) if _is_background(kind, handler) else state
        answer = function(actor, *arguments)
        return state, await answer if inspect.isawaitable(answer) else answer


def _is_background(kind, handler):
    return kind.event_handlers[handler].is_background


class _Background:
    """Stands for the proxy that background handlers are given: `async with self`."""

    def __init__(self, state):
        object.__setattr__(self, "_state", state)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    def __getattr__(self, name):
        value = getattr(self._state, name)
        return value.__func__.__get__(self) if inspect.ismethod(value) else value

    def __setattr__(self, name, value):
        setattr(self._state, name, value)
