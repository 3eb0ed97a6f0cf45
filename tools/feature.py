"""`make feature name=room/feature`: the usual files of a feature, small and working.

What it writes is one thin slice (a named thing that its owner adds and lists), so that models,
rules, command, query and tests can be run at once and then be turned into the feature that is
meant. The page and its state come when there is something to show.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "identity", "catalog", "business", "store", "studio", "community", "promotion",
    "distribution", "services", "gigs", "discovery", "trust", "admin",
}  # fmt: skip

FILES = {
    "indii/{room}/{feature}/__init__.py": '''\
"""{Words}: say here what this feature owns and what it must never know."""
''',
    "indii/{room}/{feature}/errors.py": '''\
"""What {words} refuse."""

from indii.kernel.errors import IndiiError


class TitleMissing(IndiiError):
    """A {thing} needs a name."""

    def __init__(self) -> None:
        super().__init__("Give it a title.", field="title")
''',
    "indii/{room}/{feature}/models.py": '''\
"""Tables of {words}."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class {Thing}(SQLModel, table=True):
    """One {thing} of an account."""

    __tablename__ = "{table}"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE", index=True)
    title: str = Field(max_length=120)
    created_at: UtcTime
''',
    "indii/{room}/{feature}/rules.py": '''\
"""Decisions about {words}."""

from indii.kernel.text import clean_line
from indii.{room}.{feature}.errors import TitleMissing

MAX_TITLE = 120


def check_title(title: str) -> str:
    """Return the title as it is kept.

    Raises:
        TitleMissing: nothing is left of it.
    """
    kept = clean_line(title)[:MAX_TITLE]
    if not kept:
        raise TitleMissing
    return kept
''',
    "indii/{room}/{feature}/queries.py": '''\
"""What is known of {words}."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.kernel.context import ReadCtx
from indii.{room}.{feature}.models import {Thing}

PAGE = 24


@dataclass(frozen=True, slots=True)
class {Thing}Row:
    """One {thing} in a list."""

    id: UUID
    title: str


def own_{feature}(ctx: ReadCtx) -> tuple[{Thing}Row, ...]:
    """Return the newest {words} of the account that asks."""
    found = ctx.db.execute(
        select(col({Thing}.id), col({Thing}.title))
        .where(col({Thing}.account_id) == ctx.actor.require_account())
        .order_by(col({Thing}.id).desc())
        .limit(PAGE)
    )
    return tuple({Thing}Row(row.id, row.title) for row in found)
''',
    "indii/{room}/{feature}/commands.py": '''\
"""Writes of {words}."""

from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id
from indii.{room}.{feature}.models import {Thing}
from indii.{room}.{feature}.rules import check_title


def add_{thing}(ctx: WriteCtx, *, title: str) -> UUID:
    """Keep a {thing} for the account that acts; its id.

    Raises:
        TitleMissing: it has no title.
    """
    made = {Thing}(
        id=new_id(),
        account_id=ctx.actor.require_account(),
        title=check_title(title),
        created_at=ctx.now,
    )
    ctx.db.add(made)
    ctx.db.flush()
    return made.id
''',
    "tests/unit/{room}/test_{feature}_rules.py": '''\
"""Decisions about {words}."""

import pytest

from indii.{room}.{feature}.errors import TitleMissing
from indii.{room}.{feature}.rules import check_title


def test_a_title_is_kept_on_one_line():
    assert check_title("  two\\n lines ") == "two lines"


def test_a_title_of_nothing_is_refused():
    with pytest.raises(TitleMissing):
        check_title(" \\t")
''',
    "tests/integration/{room}/test_{feature}.py": '''\
"""{Words} against the real database."""

import pytest

from indii.kernel.context import NOBODY
from indii.kernel.errors import SignInNeeded
from indii.{room}.{feature}.commands import add_{thing}
from indii.{room}.{feature}.queries import own_{feature}
from tests.factories.identity import make_fan


def test_its_owner_finds_it_and_nobody_else(rt):
    fan, other = make_fan(rt), make_fan(rt)
    with rt.write(fan) as ctx:
        made = add_{thing}(ctx, title="First")
    with rt.read(fan) as ctx:
        assert [(row.id, row.title) for row in own_{feature}(ctx)] == [(made, "First")]
    with rt.read(other) as ctx:
        assert own_{feature}(ctx) == ()


def test_a_stranger_has_to_sign_in(rt):
    with pytest.raises(SignInNeeded), rt.write(NOBODY) as ctx:
        add_{thing}(ctx, title="First")
''',
}


def main(arguments: list[str]) -> int:
    """Write the files; refuse names that the house does not allow."""
    match = re.fullmatch(r"([a-z]+)/([a-z][a-z_]*[a-z])", arguments[0] if arguments else "")
    if match is None or match.group(1) not in ROOMS:
        print(f"usage: make feature name=room/feature, a room being {', '.join(sorted(ROOMS))}")
        return 2
    room, feature = match.groups()
    folder = ROOT / "indii" / room / feature
    if folder.exists():
        print(f"{folder.relative_to(ROOT)} exists.")
        return 1
    thing = singular(feature)
    words = {
        "room": room,
        "feature": feature,
        "thing": thing,
        "Thing": "".join(part.title() for part in thing.split("_")),
        "table": thing,
        "words": feature.replace("_", " "),
        "Words": feature.replace("_", " ").capitalize(),
    }
    files = [ROOT / fill(name, words) for name in FILES]
    for file, text in zip(files, FILES.values(), strict=True):
        write(file, fill(text, words))
    # the order of imports depends on the room's name
    sort = [sys.executable, "-m", "ruff", "check", "--quiet", "--fix", "--select", "I"]
    subprocess.run([*sort, *files], cwd=ROOT, check=True)
    print(f'Then: make revision m="add {words["words"]}", read the migration, make test.')
    return 0


def singular(feature: str) -> str:
    """Return the name of one of them: playlists -> playlist, categories -> category."""
    for ending, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")):
        if feature.endswith(ending):
            return feature.removesuffix(ending) + one
    return feature


def fill(text: str, words: dict[str, str]) -> str:
    """Return the text with its {names} replaced."""
    return re.sub(r"\{(\w+)\}", lambda found: words[found.group(1)], text)


def write(file: Path, text: str) -> None:
    """Write a new file and say so."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    print(f"  {file.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
