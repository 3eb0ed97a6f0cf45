"""What stands around every page and depends on who looks: parts that features register.

Opening a page is one event (`shell/opening.py`). The page's own handlers run first, then all parts
are read in one transaction, then each part shows what it got in its own state:

    @frame_part(queries.likes_shown)
    class LikesState(Actions, rx.State):
        async def _show_frame(self, found: LikesShown) -> None: ...

A part is read with what the page shows and with what its state's `_frame_asks()` adds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import reflex as rx

from indii.kernel.context import ReadCtx

S = TypeVar("S", bound=type[rx.State])
Make = Callable[[], rx.Component]


@dataclass(frozen=True, slots=True)
class PageSubjects:
    """What a page shows: the recordings it lists, and the one that it is about."""

    recordings: tuple[UUID, ...] = ()
    about: UUID | None = None

    @classmethod
    def of(cls, *rows: Any, about: Any = None) -> "PageSubjects":
        """Return what these rows of recordings show; `about` is the page's own row."""
        whole = [*rows, about] if about else rows
        return cls(tuple(UUID(row.id) for row in whole), UUID(about.id) if about else None)

    def __add__(self, other: "PageSubjects") -> "PageSubjects":
        """Both together."""
        known = dict.fromkeys((*self.recordings, *other.recordings))
        return PageSubjects(tuple(known), self.about or other.about)


Read = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class FramePart:
    """A state that is filled when a page opens, and the query that fills it."""

    state: type[rx.State]
    read: Read


_parts: dict[str, FramePart] = {}


def frame_part(read: Read) -> Callable[[S], S]:
    """Fill the decorated state with `read(ctx, subjects, *asks)` whenever a page opens."""

    def register(state: S) -> S:
        _parts[state.get_full_name()] = FramePart(state, read)
        return state

    return register


def frame_parts() -> tuple[FramePart, ...]:
    """Return all registered parts, by the name of their state."""
    return tuple(_parts[name] for name in sorted(_parts))


def read_frame(
    ctx: ReadCtx, subjects: PageSubjects, parts: Sequence[tuple[FramePart, Sequence[Any]]]
) -> list[Any]:
    """Return what each part reads, all in this one transaction."""
    return [part.read(ctx, subjects, *asks) for part, asks in parts]


_around: dict[str, Make] = {}


def around_pages(make: Make) -> Make:
    """Mount what the decorated function makes once, around all pages: a sheet, a listener."""
    _around[f"{make.__module__}.{make.__qualname__}"] = make
    return make


def mounted_around_pages() -> list[rx.Component]:
    """Return everything that features mount around the pages."""
    return [_around[name]() for name in sorted(_around)]
