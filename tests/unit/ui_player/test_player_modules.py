"""The player's pure JavaScript, run in Node: queue arithmetic, and the same colours as Python."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indii.kernel.drawing import readable_pair

PLAYER = Path(__file__).parents[3] / "indii" / "ui" / "player"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")

hex_colors = st.integers(0, 0xFFFFFF).map(lambda v: f"#{v:06x}")


def run(module: str, body: str, data: object = None):
    """Return what `body` makes of `data` with everything `module` exports in scope as `m`."""
    code = (
        f"import * as m from {json.dumps((PLAYER / module).as_uri())};"
        f"const data = {json.dumps(data)};"
        f"console.log(JSON.stringify((() => {{ {body} }})()))"
    )
    done = subprocess.run(
        [NODE, "--input-type=module", "--no-warnings", "-e", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)


def queue(body: str):
    setup = """const make = (ids, index = 0) =>
      ({items: m.enqueue([...ids].map(id => ({id, src: '/' + id}))), index});
      const ids = q => q.items.map(p => p.id).join('');"""
    return run("queue.js", setup + body)


def test_a_recording_is_queued_once_and_only_with_a_file():
    assert (
        queue("return ids({items: m.enqueue([{id:'a',src:'x'},{id:'b'},{id:'a',src:'y'}])})") == "a"
    )


def test_the_end_is_the_end_unless_it_repeats():
    assert queue("const q = make('abc', 2); return [m.reach(q, 1), m.reach(q, 1, true)]") == [-1, 0]
    assert queue("const q = make('abc', 0); return [m.reach(q, -1), m.reach(q, -1, true)]") == [
        -1,
        2,
    ]
    assert queue("return m.reach(make('a'), 1, true)") == 0


def test_broken_recordings_are_passed_by_and_the_search_ends():
    assert queue("return m.reach(make('abcd'), 1, true, new Set('bc'))") == 3
    assert queue("return m.reach(make('abcd'), 1, true, new Set('abcd'))") == -1


def test_moving_keeps_what_plays():
    assert queue("const q = m.moved(make('abcd', 1), 0, 3); return [ids(q), q.index]") == [
        "bcda",
        0,
    ]
    assert queue("const q = m.moved(make('abcd', 1), 1, 2); return [ids(q), q.index]") == [
        "acbd",
        2,
    ]
    assert queue("const q = m.moved(make('ab', 0), 1, 5); return [ids(q), q.index]") == ["ab", 0]


def test_removing_points_at_what_follows():
    assert queue("const q = m.removed(make('abc', 1), 0); return [ids(q), q.index]") == ["bc", 0]
    assert queue("const q = m.removed(make('abc', 1), 1); return [ids(q), q.index]") == ["ac", 1]
    assert queue("const q = m.removed(make('abc', 2), 2); return [ids(q), q.index]") == ["ab", 1]
    assert queue("return m.removed(make('a'), 0).index") == -1


def test_shuffle_starts_with_what_plays_and_can_be_undone():
    start, index, back, again = queue(
        "const q = m.shuffled(make('abcdefgh', 3)); const o = m.ordered(q);"
        "return [q.items[0].id, q.index, ids(o), o.index]"
    )
    assert (start, index, back, again) == ("d", 0, "abcdefgh", 3)


@pytest.mark.parametrize(
    "text", ["", "null", "{", "[]", '{"items": 3}', '"x"', '{"items": [null, 4, {"id": "a"}]}']
)
def test_a_spoilt_memory_is_no_queue(text):
    found = run("memory.js", "return m.unpack(data)", text)
    assert found is None or (found["state"]["items"], found["state"]["index"]) == ([], -1)


def test_memory_keeps_the_queue_around_what_plays_and_never_plays_by_itself():
    body = """
      const items = Array.from({length: 500}, (_, i) =>
        ({id: 'r' + i, src: '/r' + i, n: i, peaks: 'A'.repeat(1068)}));
      const s = {items, index: 300, shuffle: true, repeat: 'all', volume: 0.3, muted: true};
      const text = m.pack({...s, playing: true}, 12.5);
      return [text.length, m.unpack(text)]"""
    size, found = run("memory.js", body)
    state = found["state"]
    assert size < 30_000
    assert len(state["items"]) == 200
    assert state["items"][state["index"]]["id"] == "r300"
    assert state["items"][state["index"]]["peaks"]
    assert (found["time"], state["volume"], state["repeat"]) == (12.5, 0.3, "all")
    assert "playing" not in state


def test_every_module_that_is_imported_is_linked_beside_the_dock():
    source = (PLAYER / "dock.py").read_text()
    for file in PLAYER.glob("*.js*"):
        for name in re.findall(r"""(?:from|import\() ?["']\./([\w.]+)["']""", file.read_text()):
            assert (PLAYER / name).is_file(), f"{file.name} imports {name}"
            assert f'"{name}"' in source, f"{name} is not linked"


@settings(max_examples=5, deadline=None)
@example([("#aa666f", "#000000", "dark")])
@given(
    st.lists(
        st.tuples(hex_colors, hex_colors, st.sampled_from(["dark", "light"])),
        min_size=20,
        max_size=60,
    )
)
def test_the_browser_and_the_server_agree_on_colours(pairs):
    seen = run("colors.js", "return data.map(p => m.readablePair(...p))", pairs)
    assert [tuple(pair) for pair in seen] == [readable_pair(*pair) for pair in pairs]
