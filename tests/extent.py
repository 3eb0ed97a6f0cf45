"""How much of a large matrix one run works through: a sample that changes daily, or all of it.

`make test` names its sample, so that a failure can be repeated with the same `INDII_TEST_SAMPLE`;
`make test-all` sets `INDII_TEST_ALL` and leaves nothing out.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")
WHOLE = bool(os.environ.get("INDII_TEST_ALL"))
SAMPLE = os.environ.get("INDII_TEST_SAMPLE") or datetime.now(UTC).date().isoformat()


def some(things: Sequence[T], count: int, what: str) -> list[T]:
    """As many of the things as that, in their order, others tomorrow; all of them in a whole run.

    `what` names the matrix, so that two of them do not turn alike.
    """
    if WHOLE or len(things) <= count:
        return list(things)
    chosen = random.Random(f"{SAMPLE} {what}").sample(range(len(things)), count)
    return [things[index] for index in sorted(chosen)]
