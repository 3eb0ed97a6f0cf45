"""What Redis keeps of a tab: small, and readable whoever wrote it."""

import pickle
from types import SimpleNamespace

import pytest

from indii.discovery.search.rules import Chip
from indii.shell.tab_states import _Unpacking, packed, unpacked

ROWS = pickle.dumps([Chip(f"Night Drive {n}", f"/recording/night-drive-{n}") for n in range(24)])


def test_a_page_of_rows_is_kept_in_a_fraction_of_its_bytes() -> None:
    assert len(packed(ROWS)) < len(ROWS) / 2
    assert unpacked(packed(ROWS)) == ROWS


@pytest.mark.parametrize("kept", [None, b"", pickle.dumps(None), ROWS])
def test_what_an_older_version_kept_is_read_as_it_is(kept: bytes | None) -> None:
    assert unpacked(kept) == kept


def test_a_damaged_state_is_none() -> None:
    assert unpacked(packed(ROWS)[:50]) is None
    assert unpacked(b"\x78\x9cnothing of ours") is None


async def test_only_states_are_unpacked() -> None:
    async def mget(keys: list[str]) -> list[bytes | None]:
        return [packed(ROWS) if key == "rows" else None for key in keys]

    redis = _Unpacking(SimpleNamespace(mget=mget, get="as it was"))
    assert await redis.mget(["rows", "other"]) == [ROWS, None]
    assert redis.get == "as it was"
