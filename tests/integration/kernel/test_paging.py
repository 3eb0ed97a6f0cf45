"""Lists that go on: the order is stable, no row is left out or shown twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel.ids import new_id, read_id
from indii.kernel.mail_queue import QueuedEmail
from indii.kernel.paging import behind, newest_first
from indii.kernel.runtime import Runtime

BY, KEY = col(QueuedEmail.created_at), col(QueuedEmail.id)
LISTED = select(QueuedEmail).where(col(QueuedEmail.subject) != "Hidden")


@pytest.fixture
def emails(rt: Runtime) -> list[str]:
    """Nine emails at three moments, the oldest id newest, and one that is not listed."""
    with rt.write() as ctx:
        for n in range(10):
            ctx.db.add(
                QueuedEmail(
                    id=new_id(), to="a@example.com", text="", html="",
                    subject="Hidden" if n == 4 else f"{n}", state="sent" if n % 2 else "waiting",
                    created_at=ctx.now - timedelta(hours=n // 4),
                )
            )  # fmt: skip
    return ["3", "2", "1", "0", "7", "6", "5", "9", "8"]


def subjects(rt: Runtime, **how) -> list[str]:
    with rt.read() as ctx:
        page = newest_first(ctx.db, LISTED, by=BY, key=KEY, **how)
        return [row.subject for row in page.rows]


def ident(rt: Runtime, subject: str):
    with rt.read() as ctx:
        return ctx.db.scalar(select(KEY).where(col(QueuedEmail.subject) == subject))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 9, 10])
def test_pages_together_are_the_list(rt: Runtime, emails: list[str], size: int) -> None:
    found, after, is_first = [], None, True
    while is_first or after is not None:
        with rt.read() as ctx:
            page = newest_first(ctx.db, LISTED, by=BY, key=KEY, size=size, after=after)
            found += [row.subject for row in page.rows]
        assert page.is_first is is_first
        assert 0 < len(page.rows) <= size
        after, is_first = read_id(page.next_after), False
    assert found == emails


@pytest.mark.parametrize("subject", ["Hidden", "8", "nobody"])
def test_what_is_not_listed_or_ends_the_list_begins_anew(
    rt: Runtime, emails: list[str], subject: str
) -> None:
    after = ident(rt, subject) or new_id()
    assert subjects(rt, size=4, after=after) == emails[:4]
    with rt.read() as ctx:
        assert newest_first(ctx.db, LISTED, by=BY, key=KEY, size=4, after=after).is_first


def test_a_narrower_list_keeps_its_places(rt: Runtime, emails: list[str]) -> None:
    only = col(QueuedEmail.state) == "waiting"
    assert subjects(rt, size=9, only=only) == ["2", "0", "6", "8"]
    for after, left in (("0", ["6", "8"]), ("3", ["2", "0", "6", "8"]), ("7", ["6", "8"])):
        assert subjects(rt, size=9, only=only, after=ident(rt, after)) == left


def test_an_empty_list_has_no_places(rt: Runtime) -> None:
    with rt.read() as ctx:
        page = newest_first(ctx.db, LISTED, by=BY, key=KEY, size=4, after=new_id())
    assert (list(page.rows), page.next_after, page.is_first) == ([], "", True)


def test_a_list_by_ids_goes_on_behind_its_own_rows_only(rt: Runtime, emails: list[str]) -> None:
    """Given ids in the order of writing, a row that is hidden, last or unknown begins anew."""

    def shown(after) -> list[str]:
        with rt.read() as ctx:
            listed = behind(ctx.db, LISTED, key=KEY, after=after)
            return [row.subject for row in ctx.db.scalars(listed.order_by(KEY.desc()).limit(3))]

    first = ["9", "8", "7"]
    assert shown(None) == first
    assert shown(ident(rt, "7")) == ["6", "5", "3"]
    for odd in (ident(rt, "4"), ident(rt, "0"), new_id()):
        assert shown(odd) == first
