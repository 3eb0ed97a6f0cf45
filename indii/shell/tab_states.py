"""What Redis keeps of every open tab, compressed: a page of rows shrinks to a fifth.

Reflex pickles each state that was touched. A value that cannot be read, because an older or newer
version wrote it, makes a fresh state, as Reflex does with every state it cannot unpickle.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx
from reflex.istate.manager.redis import StateManagerRedis

LEVEL = 6
# Below this the length that zlib adds and the time are not worth it.
WORTH_BYTES = 200
_ZLIB = b"\x78"


def packed(pickle: bytes) -> bytes:
    """Return a pickle as it is kept."""
    return zlib.compress(pickle, LEVEL) if len(pickle) > WORTH_BYTES else pickle


def unpacked(kept: bytes | None) -> bytes | None:
    """Return the pickle that was kept, None if there is none or it was damaged."""
    if kept is None or not kept.startswith(_ZLIB):
        return kept
    try:
        return zlib.decompress(kept)
    except zlib.error:
        return None


class _Unpacking:
    """The Redis client of the state manager, whose many-at-once reads are of states alone."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    async def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        return [unpacked(kept) for kept in await self._redis.mget(keys)]


class CompressedStates(StateManagerRedis):
    """Reflex's own state manager, but for what it writes and reads."""

    def __post_init__(self) -> None:
        """Read through what unpacks."""
        super().__post_init__()  # type: ignore[no-untyped-call]
        self.redis = _Unpacking(self.redis)  # type: ignore[assignment]

    def _collect_state_writes(self, token: Any, base_state: Any) -> list[tuple[str, bytes]]:
        written = super()._collect_state_writes(token, base_state)
        return [(key, packed(pickle)) for key, pickle in written]


# Reflex decorates its abstract methods in a way that lets mypy take their overrides for abstract.
_compressed: Callable[..., StateManagerRedis] = CompressedStates


def keep_states_small(app: rx.App) -> None:
    """Have the app compress what it keeps of a tab; without Redis nothing leaves the process."""
    made = app._state_manager
    if isinstance(made, StateManagerRedis):
        app._state_manager = _compressed(
            redis=made.redis,
            token_expiration=made.token_expiration,
            lock_expiration=made.lock_expiration,
            lock_warning_threshold=made.lock_warning_threshold,
        )
