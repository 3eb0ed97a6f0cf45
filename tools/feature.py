"""`make feature name=room/feature`: everything that a feature consists of, small and working.

What it writes is one thin slice (a named thing that its owner adds and lists): table, migration,
query, command, state, page, styles, tests, the security sample and the line for the changelog. All
of it passes at once, so that it can be turned step by step into the feature that is meant.
"""

import datetime as dt
import re
import secrets
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
    "indii/{room}/{feature}/models.py": '''\
"""Tables of {words}."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime

MAX_TITLE = 120


class {Thing}(SQLModel, table=True):
    """One {one} of an account."""

    __tablename__ = "{table}"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE", index=True)
    title: str = Field(max_length=MAX_TITLE)
    created_at: UtcTime
''',
    "indii/{room}/{feature}/queries.py": '''\
"""What is known of {words}."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from indii.kernel.context import ReadCtx
from indii.{room}.{feature}.models import {Thing}

PAGE = 24


@dataclass(frozen=True, slots=True)
class {Thing}Row:
    """One {one} in a list."""

    id: str
    title: str


def own_{feature}(ctx: ReadCtx) -> list[{Thing}Row]:
    """Return the newest {words} of the actor."""
    found = ctx.db.execute(
        select(col({Thing}.id), col({Thing}.title))
        .where(col({Thing}.account_id) == ctx.actor.require_account())
        .order_by(col({Thing}.id).desc())
        .limit(PAGE)
    )
    return [{Thing}Row(str(row.id), row.title) for row in found]
''',
    "indii/{room}/{feature}/commands.py": '''\
"""Writes of {words}."""

from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.ids import new_id
from indii.kernel.text import clean_line
from indii.{room}.{feature}.models import MAX_TITLE, {Thing}


def add_{thing}(ctx: WriteCtx, *, title: str) -> UUID:
    """Keep a {one} of the actor; its id.

    Raises:
        SignInNeeded: nobody is signed in.
        IndiiError: it has no title.
    """
    account_id = ctx.actor.require_account()
    kept = clean_line(title)[:MAX_TITLE]
    if not kept:
        raise IndiiError("Give it a title.", field="title")
    made = {Thing}(id=new_id(), account_id=account_id, title=kept, created_at=ctx.now)
    ctx.db.add(made)
    ctx.db.flush()
    return made.id
''',
    "indii/{room}/{feature}/state.py": '''\
"""State of {words}."""

import reflex as rx

from indii.{room}.{feature} import commands, queries
from indii.{room}.{feature}.queries import {Thing}Row
from indii.ui.state import Actions, public, signed_in


class {Things}State(Actions, rx.State):
    """The {words} of whoever looks."""

    rows: list[{Thing}Row] = []
    errors: dict[str, str] = {}
    is_ready: bool = False

    @public
    async def load(self) -> object:
        """Show them; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next={route}")
        self.rows = await self._fetch(queries.own_{feature})
        self.errors, self.is_ready = {}, True
        return None

    @signed_in
    async def add(self, form: dict[str, str]) -> None:
        """Keep one more."""
        self.errors = {}
        await self._perform(commands.add_{thing}, title=form.get("title", ""))
        self.rows = await self._fetch(queries.own_{feature})
''',
    "indii/{room}/{feature}/pages.py": '''\
"""The page of {words}."""

import reflex as rx

from indii.{room}.{feature}.queries import {Thing}Row
from indii.{room}.{feature}.state import {Things}State
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.page import page


def _row({thing}: rx.Var[{Thing}Row]) -> rx.Component:
    return rx.el.li({thing}.title)


def _form() -> rx.Component:
    title = forms.text_field(
        "title", "Title", error={Things}State.errors["title"], required=True, max_length=120
    )
    return forms.form(
        title,
        forms.actions(forms.submit("Add {one}", kind="quiet")),
        on_submit={Things}State.add,
        reset_on_submit=True,
    )


@page(
    route="{route}",
    title="{Words} · Indii",
    description="Your {words}.",
    on_load={Things}State.load,
)
def {feature}() -> rx.Component:
    """Show the {words} of whoever looks."""
    rows = {Things}State.rows
    listed = rx.el.ul(rx.foreach(rows, _row), class_name="{css}-list")
    nothing = ui.empty_state("No {words} yet", "Add the first one above.")
    return ui.page(
        ui.page_head("{Words}"),
        _form(),
        rx.cond(
            {Things}State.is_ready,
            rx.cond(rows.length() > 0, listed, nothing),
            ui.row_skeletons(4),
        ),
    )
''',
    "indii/{room}/{feature}/{feature}.css": """\
/* {words} */
@layer components{
.{css}-list{list-style:none;padding:0;margin-top:20px;display:grid;gap:8px}
}
""",
    "alembic/versions/{today}_{feature}.py": '''\
"""{words}"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "{revision}"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "{table}",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_{table}_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_{table}")),
    )
    op.create_index(op.f("ix_{table}_account_id"), "{table}", ["account_id"])


def downgrade() -> None:
    op.drop_table("{table}")
''',
    "docs/changelog.d/{feature}.md": """\
### Added
- {Words}: say here what people can do now.
""",
    "tests/integration/{room}/test_{feature}.py": '''\
"""{Words} against the real database."""

import pytest

from indii.kernel.context import NOBODY
from indii.kernel.errors import IndiiError, SignInNeeded
from indii.{room}.{feature}.commands import add_{thing}
from indii.{room}.{feature}.queries import own_{feature}
from tests.factories.identity import make_fan


def test_its_owner_finds_it_and_nobody_else(rt):
    fan, other = make_fan(rt), make_fan(rt)
    with rt.write(fan) as ctx:
        made = add_{thing}(ctx, title="  First\\n one ")
    with rt.read(fan) as ctx:
        assert [(row.id, row.title) for row in own_{feature}(ctx)] == [(str(made), "First one")]
    with rt.read(other) as ctx:
        assert own_{feature}(ctx) == []


def test_nobody_adds_and_nothing_is_added_without_a_title(rt):
    with pytest.raises(SignInNeeded), rt.write(NOBODY) as ctx:
        add_{thing}(ctx, title="First")
    with pytest.raises(IndiiError, match="title"), rt.write(make_fan(rt)) as ctx:
        add_{thing}(ctx, title=" \\t")
''',
    "tests/state/{room}/test_{feature}_states.py": '''\
"""The state of {words}."""

import pytest

from indii.kernel.context import NOBODY
from indii.{room}.{feature}.state import {Things}State
from tests.factories.identity import make_fan
from tests.state.tab import Tab


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


def test_what_is_added_is_shown(rt, tab, as_):
    with as_(make_fan(rt)):
        assert tab.run({Things}State, "load").rows == []
        state = tab.run({Things}State, "add", {{"title": "First"}})
        assert [row.title for row in state.rows] == ["First"]
        assert tab.run({Things}State, "add", {{}}).errors == {{"title": "Give it a title."}}


def test_a_visitor_is_asked_to_sign_in(rt, tab, as_):
    with as_(NOBODY):
        _, event = tab.call({Things}State, "load")
    assert "/sign-in?next={route}" in str(event.args)
''',
    "tests/security/samples/{room}/{feature}.py": '''\
"""Valid calls of the handlers of `{room}/{feature}`."""

from __future__ import annotations

from tests.security.sampling import MEMBERS, Sample, reads, sample

sample("{Things}State.load", lambda _w: reads("{route}"))
sample(
    "{Things}State.add",
    lambda _w: Sample(
        payload={{"form": {{"title": "First"}}}},
        may=MEMBERS,
        changes=frozenset({{"{table}"}}),
        at="{route}",
    ),
)
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
    words = words_of(room, feature)
    files = [ROOT / fill(name, words) for name in FILES]
    for file, text in zip(files, FILES.values(), strict=True):
        write(file, fill(text, words))
    # The order of imports and the length of lines depend on the names.
    sources = [file for file in files if file.suffix == ".py"]
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run(
        [*ruff, "check", "--quiet", "--fix", "--select", "I", *sources], cwd=ROOT, check=True
    )
    subprocess.run([*ruff, "format", "--quiet", *sources], cwd=ROOT, check=True)
    place(room, feature)
    print(f"Then: turn the slice into {words['words']}, its migration with it; make test.")
    return 0


def place(room: str, feature: str) -> None:
    """Put the feature on top of its room's order: it may use the others, none of them uses it."""
    file = ROOT / "pyproject.toml"
    text = file.read_text()
    name = f'name = "Order of features: {room}"'
    if name in text:
        at = text.index("layers = [", text.index(name)) + len("layers = [")
        text = f'{text[:at]}"{feature}", {text[at:]}'
    else:
        at = text.index('[[tool.importlinter.contracts]]\nname = "No read module')
        text = f"""{text[:at]}[[tool.importlinter.contracts]]
{name}
type = "layers"
containers = ["indii.{room}"]
layers = ["{feature}"]
exhaustive = true

{text[at:]}"""
    file.write_text(text)


def words_of(room: str, feature: str) -> dict[str, str]:
    """Return what the templates call things."""
    thing = singular(feature)
    return {
        "room": room,
        "feature": feature,
        "thing": thing,
        "one": thing.replace("_", " "),
        "Thing": camel(thing),
        "Things": camel(feature),
        "table": thing,
        "words": feature.replace("_", " "),
        "Words": feature.replace("_", " ").capitalize(),
        "css": thing.replace("_", "-"),
        "route": "/" + feature.replace("_", "-"),
        "today": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}",
        "revision": secrets.token_hex(6),
        "head": head_of_migrations(),
    }


def head_of_migrations() -> str:
    """Return the newest migration, which no other names as the one before it."""
    texts = [path.read_text() for path in (ROOT / "alembic" / "versions").glob("*.py")]
    named = {key: set(re.findall(rf'^{key} = "(\w+)"', "\n".join(texts), re.MULTILINE))
             for key in ("revision", "down_revision")}  # fmt: skip
    (head,) = named["revision"] - named["down_revision"]
    return head


def camel(name: str) -> str:
    """Return a name as a class is called: press_kits -> PressKits."""
    return "".join(part.title() for part in name.split("_"))


def singular(feature: str) -> str:
    """Return the name of one of them: playlists -> playlist, categories -> category."""
    for ending, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")):
        if feature.endswith(ending):
            return feature.removesuffix(ending) + one
    return feature


def fill(text: str, words: dict[str, str]) -> str:
    """Return the text with its {names} replaced; doubled braces become single ones."""
    filled = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", lambda found: words[found.group(1)], text)
    return filled.replace("{{", "{").replace("}}", "}")


def write(file: Path, text: str) -> None:
    """Write a new file and say so."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    print(f"  {file.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
