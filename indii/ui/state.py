"""What every Reflex state of the house shares: a policy on each handler, and worded failures.

A public method of a state is a public endpoint. A handler without one of these policies is refused
by the guard (`shell/guard.py`), whoever calls it.
"""

import asyncio
import functools
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from indii.kernel import edge, metrics
from indii.kernel.context import Actor, current_actor
from indii.kernel.errors import Bug, IndiiError, NotAllowed, SignInNeeded
from indii.kernel.ids import reference
from indii.kernel.logging import log
from indii.ui.frame import PageSubjects
from indii.ui.shown import claimed, keep_back

# A notice older than this belongs to the page before.
FRESH_S = 5.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a handler; `role` "" means anybody who meets `signed_in`."""

    signed_in: bool = False
    role: str = ""

    def allows(self, actor: Actor) -> bool:
        """Whether this actor may call."""
        if self.role:
            return actor.has_role(self.role)
        return actor.is_signed_in or not self.signed_in

    def check(self, actor: Actor) -> None:
        """Pass if this actor may call.

        Raises:
            SignInNeeded: nobody is signed in.
            NotAllowed: somebody is, who may not.
        """
        if self.allows(actor):
            return
        if not actor.is_signed_in:
            raise SignInNeeded
        raise NotAllowed("Your account may not do this.")


class Actions:
    """The verbs of a handler. A plain class: in a state mixin they would be endpoints."""

    @staticmethod
    async def _fetch(query: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await edge.fetch(query, *args, **kwargs)

    @staticmethod
    async def _perform(command: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await edge.perform(command, *args, **kwargs)

    @staticmethod
    async def _run(flow: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await edge.run(flow, *args, **kwargs)

    @staticmethod
    async def _limit(act: str, *, times: int, per_s: int) -> None:
        await edge.limit(act, times=times, per_s=per_s)

    @staticmethod
    def _actor() -> Actor:
        return current_actor.get()

    def _subjects(self) -> PageSubjects:
        """Return what this state shows on its page, for the parts of the frame."""
        return PageSubjects()

    async def _frame_asks(self) -> tuple[Any, ...]:
        """Return what a part of the frame adds to its query."""
        return ()

    async def _show_frame(self, found: Any) -> None:
        """Show what was read for this part of the frame."""

    async def _poll(
        self: Any,
        look: Callable[[], Awaitable[object]],
        *,
        goes_on: Callable[[], bool],
        times: int,
        every_s: float,
    ) -> None:
        """Look again and again while it goes on; a watch that begins later ends this one.

        For background handlers of a state with a `_watch: int`; both callables run under its lock.
        """
        async with self:
            self._watch += 1
            mine = self._watch
        for _ in range(times):
            await asyncio.sleep(every_s)
            async with self:
                if self._watch != mine or not goes_on():
                    return
                await look()

    def _is_at(self: Any, path: str) -> bool:
        """Whether the tab still shows this page."""
        return self.router.url.path.rstrip("/") == path

    def _path_param(self: Any) -> str:
        """Return what the address names with its last part: a slug, a number."""
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    async def _notice(self: Any, text: str, kind: str = "info") -> None:
        notice = await self.get_state(NoticeState)
        notice._show(text, kind)


async def report_error(state: Any, error: IndiiError, *, background: bool = False) -> None:
    """Say to the tab what was refused: beside the field that it names, else as the notice."""
    if background:
        async with state:
            await report_error(state, error, background=False)
        return
    if error.field and "errors" in state.vars:
        state.errors = {**state.errors, **error.errors}
        return
    notice = await state.get_state(NoticeState)
    notice._show(error.message, "sign-in" if isinstance(error, SignInNeeded) else "error")


def _translate_error(error: Exception, name: str) -> IndiiError:
    if isinstance(error, IndiiError):
        return error
    ref = reference()
    log.error("bug", call=name, reference=ref, exc_info=error)
    return Bug(ref)


def _wrap(handler: Callable[..., Any], *, background: bool) -> Callable[..., Any]:
    name, loads = handler.__qualname__, handler.__name__ == "load"

    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def generator(self: Any, *args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                async for event in handler(self, *args, **kwargs):
                    yield event
            except Exception as error:  # noqa: BLE001 - the last place that can word a failure
                await report_error(self, _translate_error(error, name), background=background)
            finally:
                metrics.EVENT_SECONDS.labels(name).observe(time.perf_counter() - started)

        return generator

    @functools.wraps(handler)
    async def plain(self: Any, *args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        shown = claimed(self) if loads else ""
        try:
            result = handler(self, *args, **kwargs)
            result = await result if inspect.isawaitable(result) else result
        except Exception as error:  # noqa: BLE001 - the last place that can word a failure
            await report_error(self, _translate_error(error, name), background=background)
            return None
        else:
            if shown:
                keep_back(self, shown)
            return result
        finally:
            metrics.EVENT_SECONDS.labels(name).observe(time.perf_counter() - started)

    return plain


def _policy(policy: Policy, *, background: bool) -> Callable[[Callable[..., Any]], Any]:
    def decorate(handler: Callable[..., Any]) -> Any:
        wrapped = _wrap(handler, background=background)
        wrapped._policy = policy  # type: ignore[attr-defined]
        return rx.event(background=True)(wrapped) if background else rx.event(wrapped)

    return decorate


def public(handler: Callable[..., Any]) -> Any:
    """Let anybody call this handler."""
    return _policy(Policy(), background=False)(handler)


def signed_in(handler: Callable[..., Any]) -> Any:
    """Let any account call this handler."""
    return _policy(Policy(signed_in=True), background=False)(handler)


def role(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Let accounts with this role call the handler."""
    return _policy(Policy(signed_in=True, role=name), background=False)


def public_background(handler: Callable[..., Any]) -> Any:
    """Let anybody call this handler, which runs without holding the tab's lock."""
    return _policy(Policy(), background=True)(handler)


def signed_in_background(handler: Callable[..., Any]) -> Any:
    """Let any account call this handler, which runs without holding the tab's lock."""
    return _policy(Policy(signed_in=True), background=True)(handler)


def role_background(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Let accounts with this role call the handler, without holding the tab's lock."""
    return _policy(Policy(signed_in=True, role=name), background=True)


class NoticeState(rx.State):
    """The one line in which the site answers back; toasts would need eval under our CSP."""

    text: str = ""
    kind: str = "info"
    serial: int = 0

    # When it was said, in seconds: a page loaded later must not say it again.
    _at: float = 0.0

    def _show(self, text: str, kind: str = "info") -> None:
        self.text, self.kind, self._at = text, kind, time.time()
        self.serial += 1

    def _fade(self) -> None:
        """Forget what was said before this page, but not what led to it."""
        if self.text and time.time() - self._at > FRESH_S:
            self.text = ""

    @public
    def dismiss(self) -> None:
        """Take the line away."""
        self.text = ""
