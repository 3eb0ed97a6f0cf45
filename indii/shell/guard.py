"""The door: every event of every tab passes here before its handler runs.

Default-deny. The actor is looked up anew on each event, the handler's policy is checked and the
payload must match the handler's annotations exactly. The only module that uses Reflex's
registration internals; `tests/security` walks every registered handler through it.
"""

import inspect
import time
import typing
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import reflex as rx
from pydantic import BaseModel, ConfigDict, create_model
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import form_data_as_dict

from indii.kernel import edge, metrics
from indii.kernel.context import NOBODY, Actor, Credentials, current_actor, request_id
from indii.kernel.errors import IndiiError, SignInNeeded
from indii.kernel.ids import reference
from indii.kernel.locale import current_locale, viewer_locale
from indii.kernel.logging import log
from indii.kernel.text import is_storable
from indii.shell.http_middleware import tokens
from indii.shell.viewer import ViewerState
from indii.ui.state import NoticeState, Policy

# What Reflex itself sends; everything else of its own (setvar above all) stays shut.
_ROOT = "reflex___state____state"
FRAMEWORK_HANDLERS = frozenset(
    f"{_ROOT}.{name}"
    for name in (
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____on_load_internal_state.set_is_hydrated",
        "reflex___state____update_vars_internal_state.update_vars_internal",
        "reflex___state____frontend_event_exception_state.handle_frontend_exception",
    )
)

# Opening a page is three events: nobody opens sixty pages in ten seconds in one tab.
BURST, PER_S = 180, 10.0
MAX_TEXT = 20_000


class _Flood:
    """Counts events of a tab in a sliding window; remembers the busiest few thousand tabs only."""

    def __init__(self) -> None:
        self._tabs: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, tab: str) -> None:
        """Count one event.

        Raises:
            IndiiError: these are more than a person makes.
        """
        if self._too_many(tab):
            raise IndiiError("Too many requests. Wait a few seconds.")

    def _too_many(self, tab: str) -> bool:
        now = time.monotonic()
        times = self._tabs.setdefault(tab, deque(maxlen=BURST))
        self._tabs.move_to_end(tab)
        while len(self._tabs) > 4096:
            self._tabs.popitem(last=False)
        full = len(times) == BURST and now - times[0] < PER_S
        if not full:
            times.append(now)
        return full


@lru_cache(maxsize=2048)
def payload_model(handler: Callable[..., Any]) -> type[BaseModel]:
    """Return the strict model of a handler's arguments: nothing missing, nothing more."""
    hints = typing.get_type_hints(inspect.unwrap(handler))
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(handler).parameters.values())[1:]:
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints.get(parameter.name, typing.Never), default)
    config = ConfigDict(extra="forbid", strict=True, str_max_length=MAX_TEXT)
    return create_model("Payload", __config__=config, **fields)


def payload_fits(handler: Callable[..., Any], payload: dict[str, Any]) -> bool:
    """Whether the payload is exactly what the handler is annotated to take."""
    try:
        # A form travels as pairs; the handler gets them as the dict that Reflex makes of them.
        seen = {name: form_data_as_dict(value) for name, value in payload.items()}
        payload_model(handler).model_validate(seen)
    except (AttributeError, TypeError, ValueError):
        return False
    return _is_text(seen)


def _is_text(value: Any) -> bool:
    """Whether every text in the value can be stored: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, dict):
        return all(_is_text(k) and _is_text(v) for k, v in value.items())
    return not isinstance(value, list) or all(_is_text(v) for v in value)


class Guard(rx.Middleware):
    """Refuses what no policy allows; a refused event changes nothing and says so in a notice."""

    def __init__(self) -> None:
        self._flood = _Flood()

    async def preprocess(self, app: rx.App, state: BaseState, event: Any) -> StateUpdate | None:
        """Let the event pass (None) or answer it with a notice."""
        request_id.set(reference())
        current_actor.set(NOBODY)
        metrics.SOCKET_EVENTS.inc()
        current_locale.set(viewer_locale(state.router.headers.accept_language or ""))
        registered = RegistrationContext.get().event_handlers.get(event.name)
        handler = registered.handler.fn if registered else None
        try:
            self._flood.check(state.router.session.client_token)
            if event.name in FRAMEWORK_HANDLERS:
                if not event.name.endswith(".set_is_hydrated"):
                    await _forget_other_user(state)
                return None
            policy = _policy(handler, event.name)
            actor = await _actor(state)
            await _forget_other_user(state, actor)
            _check(policy, handler, event, actor, str(state.router.url))
        except IndiiError as error:
            return await _refuse(state, error)
        current_actor.set(actor)
        return None


def _policy(handler: Callable[..., Any] | None, name: str) -> Policy:
    policy = getattr(handler, "_policy", None)
    if not isinstance(policy, Policy) or name.endswith(".setvar"):
        log.warning("event_without_policy", handler=name)
        raise IndiiError("This page cannot do that.")
    return policy


def _check(
    policy: Policy, handler: Callable[..., Any] | None, event: Any, actor: Actor, address: str
) -> None:
    policy.check(actor)
    fits = handler is not None and payload_fits(handler, event.payload)
    if not fits or not is_storable(address):
        log.warning("payload_refused", handler=event.name)
        raise IndiiError("The request was not valid. Nothing was changed.")


async def _actor(state: BaseState) -> Actor:
    headers = state.router.headers
    session, buyer = tokens(headers.cookie or "")
    return await edge.resolve_actor(
        Credentials(
            session_token=session,
            buyer_token=buyer,
            ip=state.router.session.client_ip or "",
            user_agent=headers.user_agent or "",
        )
    )


async def _forget_other_user(state: BaseState, actor: Actor | None = None) -> None:
    """Empty a tab that still holds what another account was shown.

    A tab that reconnects is sent all it held, so the framework's own events ask too; without an
    actor given, only a tab that belonged to somebody costs a look at the database.
    """
    viewer = await state.get_state(ViewerState)
    if actor is None:
        if not viewer._account_id:
            return
        actor = await _actor(state)
    account = str(actor.account_id or "")
    if viewer._account_id and viewer._account_id != account:
        # Redis hands out the parts of a tab one by one; a part that was not loaded is not reset.
        for part in rx.State.get_substates():
            await state.get_state(part)
        state._get_root_state().reset()  # type: ignore[no-untyped-call]
    if account or viewer._account_id:
        # Written every time, so that it never expires before what else the tab holds.
        viewer._account_id = account


async def _refuse(state: BaseState, error: IndiiError) -> StateUpdate:
    notice = await state.get_state(NoticeState)
    notice._show(error.message, "sign-in" if isinstance(error, SignInNeeded) else "error")
    root = state._get_root_state()
    delta = await root._get_resolved_delta()
    root._clean()  # type: ignore[no-untyped-call]
    return StateUpdate(delta=delta)
