"""Transactions: commit at the edge, read only when reading, no port while one is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from indii.kernel import edge
from indii.kernel.audit import AuditEntry
from indii.kernel.context import NOBODY, SYSTEM, ReadCtx, WriteCtx, current_actor
from indii.kernel.errors import Bug, IndiiError, TryAgain
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime
from indii.ports.boundary import PortInTransactionError
from tests.runtime import make_test_runtime

WOKEN: list[str] = []


@pytest.fixture
def real(engine: Engine, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime that really commits; cleans up after itself."""
    WOKEN.clear()
    made = make_test_runtime(engine, tmp_path, wake=WOKEN.extend)
    edge.install(made)
    yield made
    edge.install(None)
    with made.write(SYSTEM) as ctx:
        ctx.db.execute(text("DELETE FROM audit_entry"))


def audit(ctx: WriteCtx, *, fails: bool = False) -> None:
    ctx.audit("tried", "thing", new_id())
    if fails:
        raise IndiiError("No.")


def audits(ctx: ReadCtx) -> int:
    return len(ctx.db.scalars(select(col(AuditEntry.id))))


def sloppy_query(ctx: ReadCtx) -> None:
    ctx.db.execute(text("DELETE FROM audit_entry"))


def network_in_command(ctx: WriteCtx) -> None:
    edge.runtime().storage.stat("ab/cd/x.wav")


def broken(_ctx: ReadCtx) -> None:
    raise KeyError("secret detail")


class Vanished:
    """An engine whose database is gone."""


async def test_a_command_commits_whole_or_not_at_all(real: Runtime) -> None:
    await edge.perform(audit)
    with pytest.raises(IndiiError):
        await edge.perform(audit, fails=True)
    assert await edge.fetch(audits) == 1


async def test_a_query_cannot_write(real: Runtime) -> None:
    with pytest.raises(Bug):
        await edge.fetch(sloppy_query)


async def test_a_port_inside_a_command_is_a_bug(real: Runtime) -> None:
    with pytest.raises(Bug) as caught:
        await edge.perform(network_in_command)
    assert isinstance(caught.value.__cause__, PortInTransactionError)


async def test_a_bug_shows_a_reference_and_nothing_else(real: Runtime) -> None:
    with pytest.raises(Bug) as caught:
        await edge.fetch(broken)
    assert caught.value.reference in caught.value.message
    assert "secret detail" not in caught.value.message


async def test_a_database_that_does_not_answer_is_worded(tmp_path: Path) -> None:
    from indii.kernel.db import make_engine

    gone = make_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", pool_size=2)
    edge.install(make_test_runtime(gone, tmp_path))
    try:
        with pytest.raises(TryAgain, match="Nothing was changed"):
            await edge.fetch(audits)
        assert edge.runtime().database_trouble() == "OperationalError"
    finally:
        edge.install(None)
        gone.dispose()


async def test_the_actor_reaches_the_thread(real: Runtime) -> None:
    def who(ctx: ReadCtx) -> bool:
        return ctx.actor is SYSTEM

    assert not await edge.fetch(who)
    token = current_actor.set(SYSTEM)
    try:
        assert await edge.fetch(who)
    finally:
        current_actor.reset(token)
    assert current_actor.get() is NOBODY


def fail_in_the_middle(rt: Runtime) -> None:
    with rt.write(SYSTEM) as ctx:
        ctx.wakes.add("embedding")
        ctx.db.execute(text("SELECT 1/0"))


def test_workers_are_woken_after_the_commit_only(real: Runtime) -> None:
    with real.write(SYSTEM) as ctx:
        ctx.wakes.add("audio")
        assert WOKEN == []
    assert WOKEN == ["audio"]
    with pytest.raises(DBAPIError):
        fail_in_the_middle(real)
    assert WOKEN == ["audio"]
