"""Where the asynchronous world meets the synchronous core.

`fetch` a query, `perform` a command, `run` a flow: each hops to a thread, opens and closes what is
needed, words every failure for a person and measures itself.
"""

import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from indii.kernel import metrics
from indii.kernel.context import Actor, Credentials, ReadCtx, WriteCtx, current_actor
from indii.kernel.errors import Bug, IndiiError, TryAgain
from indii.kernel.ids import reference
from indii.kernel.logging import log
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 20


class _Installed:
    runtime: Runtime | None = None
    limiter: anyio.CapacityLimiter | None = None


def install(runtime: Runtime | None) -> None:
    """Make this runtime the process's own; None takes it away."""
    _Installed.runtime = runtime
    _Installed.limiter = None


def runtime() -> Runtime:
    """Return the process's runtime.

    Raises:
        RuntimeError: nothing was installed yet.
    """
    if _Installed.runtime is None:
        raise RuntimeError("The runtime is not started")
    return _Installed.runtime


def translate_errors(call: Callable[[], T], *, name: str, kind: str) -> T:
    """Run the call; whatever goes wrong leaves as an `IndiiError` that a person can read."""
    started = time.perf_counter()
    outcome = "ok"
    try:
        return call()
    except IndiiError as error:
        outcome = "refused"
        log.info("refused", call=name, error=type(error).__name__, detail=error.message)
        raise
    except PortError as error:
        outcome = "port"
        log.warning("port_failed", call=name, error=str(error), retryable=error.retryable)
        if error.retryable:
            raise TryAgain(
                "A service we depend on did not answer. Nothing was changed; please try again."
            ) from error
        raise IndiiError(str(error)) from error
    except (OperationalError, PoolTimeout) as error:
        outcome = "database"
        log.error("database_unreachable", call=name, error=type(error).__name__)
        raise TryAgain(
            "The database did not answer. Nothing was changed; please try again in a moment."
        ) from error
    except Exception as error:
        outcome = "bug"
        ref = reference()
        cause = error.orig if isinstance(error, DBAPIError) else error
        log.error("bug", call=name, reference=ref, cause=type(cause).__name__, exc_info=True)
        raise Bug(ref) from error
    finally:
        metrics.CALL_SECONDS.labels(kind, name, outcome).observe(time.perf_counter() - started)


async def in_thread(call: Callable[[], T]) -> T:
    """Run blocking code beside the event loop; at most as many at once as the pool has places."""
    if _Installed.limiter is None:
        _Installed.limiter = anyio.CapacityLimiter(THREADS)
    return await anyio.to_thread.run_sync(call, limiter=_Installed.limiter)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('indii.')}.{function.__name__}"


async def fetch(
    query: Callable[Concatenate[ReadCtx, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a query as the current actor, in a read-only transaction."""
    actor = current_actor.get()

    def call() -> T:
        with runtime().read(actor) as ctx:
            return query(ctx, *args, **kwargs)

    return await in_thread(lambda: translate_errors(call, name=_name(query), kind="query"))


async def perform(
    command: Callable[Concatenate[WriteCtx, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a command as the current actor, in a transaction that commits at its end."""
    actor = current_actor.get()

    def call() -> T:
        with runtime().write(actor) as ctx:
            return command(ctx, *args, **kwargs)

    return await in_thread(lambda: translate_errors(call, name=_name(command), kind="command"))


async def run(
    flow: Callable[Concatenate[Runtime, Actor, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a flow (several transactions with the outside world between) as the current actor."""
    actor = current_actor.get()

    def call() -> T:
        return flow(runtime(), actor, *args, **kwargs)

    return await in_thread(lambda: translate_errors(call, name=_name(flow), kind="flow"))


async def limit(act: str, *, times: int, per_s: int) -> None:
    """Count that the current actor does this; a visitor counts by address and browser.

    Raises:
        TooManyAttempts: this is more than `times` within `per_s` seconds.
    """
    actor = current_actor.get()
    key = f"{act}:{actor.account_id or actor.visitor}"

    def call() -> None:
        runtime().limiter.hit(key, limit=times, per_s=per_s)

    await in_thread(lambda: translate_errors(call, name=act, kind="limit"))


async def resolve_actor(presented: Credentials) -> Actor:
    """Return who stands behind the cookies shown, looked up now."""

    def call() -> Actor:
        return runtime().actor_for(presented)

    if not presented.session_token:
        # A visitor is known by nothing that the database would have to be asked for.
        return translate_errors(call, name="actor", kind="query")
    return await in_thread(lambda: translate_errors(call, name="actor", kind="query"))
