"""What evaluation and fitting need to know of a sound, whoever composed it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class LabelledSound(Protocol):
    """A sound whose style, tempo and key are known because somebody wrote it down.

    `bpm` and `key` (0-11 C..B major, 12-23 C..B minor) are None where the sound has none.
    """

    @property
    def genre(self) -> str:
        """The style; retrieval counts as right within it."""
        ...

    @property
    def bpm(self) -> float | None:
        """Beats a minute."""
        ...

    @property
    def key(self) -> int | None:
        """The key, 0..23."""
        ...

    def pcm(self, rate: int, /) -> NDArray[np.float32]:
        """Mono samples at `rate` Hz."""
        ...
