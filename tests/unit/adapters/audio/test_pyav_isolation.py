"""A hostile file ends its own process and nothing else: proven by really ending processes."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from indii.adapters.audio.pyav import PyAvAudio, adapter
from indii.adapters.audio.pyav.client import ForkServer
from indii.ports.audio import Digest
from indii.ports.errors import AudioRefused, PortError
from tests.hostile.mutate import encode, seeds, tone

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "long.flac"
    path.write_bytes(encode("flac", tone(25)))
    return path


@pytest.fixture
def audio(tmp_path: Path) -> Iterator[PyAvAudio]:
    server = ForkServer()
    yield PyAvAudio(tmp_path / "scratch", server=server)
    server.close()


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def until(condition: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextlib.contextmanager
def digesting(audio: PyAvAudio, source: Path) -> Iterator[tuple[int, Future[Digest]]]:
    """Start a long digest; give its child's pid and the coming result."""
    audio.check()
    server = audio.server_pid
    assert server is not None
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(
            audio.digest, source, preview_to=source.with_name(f"{time.monotonic_ns()}.mp3")
        )
        assert until(lambda: children(server))
        time.sleep(0.1)
        yield children(server)[0], future


@pytest.mark.parametrize(
    ("number", "error", "word"),
    [
        (signal.SIGSEGV, AudioRefused, "crashed"),
        (signal.SIGABRT, AudioRefused, "crashed"),
        (signal.SIGXCPU, AudioRefused, "too_slow"),
        (signal.SIGKILL, PortError, None),
    ],
)
def test_a_dying_child_is_one_refused_file(
    audio: PyAvAudio, long_sound: Path, number: int, error: type[PortError], word: str | None
) -> None:
    with digesting(audio, long_sound) as (child, future):
        server = audio.server_pid
        os.kill(child, number)
        with pytest.raises(error) as caught:
            future.result(20)
    assert getattr(caught.value, "reason", None) == word
    assert caught.value.retryable is (error is PortError)
    assert server is not None
    audio.check()
    assert audio.server_pid == server
    assert until(lambda: not children(server))
    assert [path.name for path in long_sound.parent.iterdir()] == ["long.flac"]
    assert list(audio.scratch.folder.iterdir()) == []


def test_a_hanging_child_is_stopped(
    audio: PyAvAudio, long_sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(adapter.WALL_S, "digest", 1.0)
    with digesting(audio, long_sound) as (child, future):
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(PortError, match="busy"):
            future.result(20)
    assert not is_running(child)


def test_a_spinning_child_runs_out_of_cpu() -> None:
    done = script(
        """
        from indii.adapters.audio.pyav import reading
        reading.CPU_START_S = 1
        pid = os.fork()
        if pid == 0:
            reading.allow_cpu(0)
            while True:
                pass
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """
    )
    with done:
        assert done.stdout is not None
        assert done.stdout.read().strip() == str(-signal.SIGXCPU)


def test_a_memory_bomb_is_refused(audio: PyAvAudio, long_sound: Path) -> None:
    with digesting(audio, long_sound) as (child, future):
        now, _ = resource.prlimit(child, resource.RLIMIT_AS)
        assert now < 1536 * 1024 * 1024
        resource.prlimit(child, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        with pytest.raises(AudioRefused) as caught:
            future.result(30)
    assert caught.value.reason in {"too_heavy", "crashed"}


def test_a_lost_server_is_started_again_and_the_file_with_it(
    audio: PyAvAudio, long_sound: Path
) -> None:
    with digesting(audio, long_sound) as (child, future):
        server = audio.server_pid
        assert server is not None
        os.kill(server, signal.SIGKILL)
        assert future.result(60).duration_ms == 25_000
    assert audio.server_pid != server
    assert until(lambda: not is_running(child))
    audio.check()


def test_the_server_survives_polite_signals(audio: PyAvAudio) -> None:
    audio.check()
    server = audio.server_pid
    assert server is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(server, number)
    audio.check()
    assert audio.server_pid == server


def test_a_caller_that_gives_up_frees_the_child(audio: PyAvAudio, long_sound: Path) -> None:
    """As when Celery's soft time limit interrupts a task."""
    audio.check()
    server = audio.server_pid
    assert server is not None

    class SoftTimeLimitExceeded(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(SoftTimeLimitExceeded):
            audio.digest(long_sound, preview_to=long_sound.with_name("given-up.mp3"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert until(lambda: not children(server), 3)
    assert audio.server_pid == server
    audio.check()


def test_no_descriptor_and_no_zombie_is_left(audio: PyAvAudio, tmp_path: Path) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(seeds()["wav"])
    bad = tmp_path / "b.wav"
    bad.write_bytes(seeds()["wav"][:30])
    audio.probe(source)
    server = audio.server_pid
    assert server is not None

    def descriptors() -> tuple[int, ...]:
        return tuple(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in ("self", server))

    assert until(lambda: not children(server))
    time.sleep(0.3)  # the server closes its end of the last job a moment after it reaped it
    before = descriptors()
    for _ in range(15):
        audio.probe(source)
        with pytest.raises(AudioRefused):
            audio.probe(bad)
    assert until(lambda: not children(server))
    assert until(lambda: max(map(int.__sub__, descriptors(), before)) <= 0)


def script(body: str, *arguments: str) -> subprocess.Popen[str]:
    code = "import os, sys, time\nfrom pathlib import Path\n" + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_nothing_outlives_a_killed_owner(tmp_path: Path, long_sound: Path) -> None:
    owner = script(
        """
        from indii.adapters.audio.pyav import PyAvAudio
        audio = PyAvAudio(Path(sys.argv[1]))
        audio.check()
        print(audio.server_pid, flush=True)
        audio.digest(Path(sys.argv[2]), preview_to=Path(sys.argv[1]) / "p.mp3")
        """,
        str(tmp_path),
        str(long_sound),
    )
    with owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        assert until(lambda: children(server))
        child = children(server)[0]
        owner.kill()
    assert until(lambda: not is_running(server) and not is_running(child), 8)
    assert list(tmp_path.iterdir()) == []


def test_works_in_daemonic_prefork_children_that_share_the_parent(
    tmp_path: Path, long_sound: Path
) -> None:
    done = script(
        """
        import billiard
        from indii.adapters.audio.pyav import PyAvAudio
        audio = PyAvAudio(Path(sys.argv[1]))
        audio.check()
        mine = audio.server_pid

        def work(queue):
            audio.check()
            queue.put((audio.server_pid, audio.probe(Path(sys.argv[2])).format))

        context = billiard.get_context("fork")
        queue = context.Queue()
        workers = [context.Process(target=work, args=(queue,), daemon=True) for _ in range(2)]
        for worker in workers:
            worker.start()
        found = [queue.get(timeout=30) for _ in workers]
        for worker in workers:
            worker.join()
        audio.check()
        assert audio.server_pid == mine
        assert len({mine, *(pid for pid, _ in found)}) == 3, found
        print(*[pid for pid, _ in found], mine, *[name for _, name in found])
        """,
        str(tmp_path),
        str(long_sound),
    )
    with done:
        assert done.stdout is not None
        *pids, first, second = done.stdout.read().split()
    assert done.returncode == 0
    assert (first, second) == ("flac", "flac")
    assert until(lambda: not any(is_running(int(pid)) for pid in pids))


def test_a_child_can_open_nothing_and_knows_no_secret() -> None:
    done = script(
        """
        import socket
        os.environ["INDII_SECRET_KEY"] = "secret"
        from indii.adapters.audio.pyav import child, client
        assert "INDII_SECRET_KEY" not in client._bare_environment()
        child.warm_up()
        child.measure_mapped()
        reply = os.open("/dev/null", os.O_WRONLY)
        source = os.open("/etc/hostname", os.O_RDONLY)
        server, pid = os.getpid(), os.fork()
        if pid == 0:
            reply, fds = child._keep_only(reply, [source])
            child._close_descriptors("probe", len(fds) + 4, server)
            failed = 0
            for attempt in (
                lambda: os.open("/etc/passwd", os.O_RDONLY),
                lambda: os.open("/tmp/x", os.O_CREAT | os.O_WRONLY),
                lambda: socket.socket(),
                lambda: socket.socket(socket.AF_UNIX),
                lambda: os.pipe(),
                lambda: bytearray(1 << 30),
            ):
                try:
                    attempt()
                except (OSError, MemoryError):
                    failed += 1
            os._exit(failed)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """
    )
    with done:
        assert done.stdout is not None
        assert done.stdout.read().strip() == "6"


def test_one_warm_file_costs_little(audio: PyAvAudio, tmp_path: Path) -> None:
    """CPU of the whole child, because tests share their machine with others."""
    source = tmp_path / "a.wav"
    source.write_bytes(seeds()["wav"])
    audio.check()
    size = source.stat().st_size
    spent = []
    for _ in range(5):
        with source.open("rb") as file:
            answers = audio._server.ask(
                {"op": "probe", "size": size, "wall_s": 30.0}, (file.fileno(),)
            )
        spent.append(answers[-1]["cpu_s"])
    assert min(spent) < 0.05


def test_scratch_is_bounded_in_bytes_and_age(tmp_path: Path) -> None:
    from indii.adapters.audio.pyav.scratch import Scratch

    scratch = Scratch(tmp_path, max_bytes=2500, max_age_s=100)
    for index in range(4):
        fd = scratch.unnamed()
        os.write(fd, bytes(1000))
        scratch.keep(f"{index:064}", fd)
        os.close(fd)
        os.utime(tmp_path / f"{index:064}.pcm1", (time.time() - 50 + index,) * 2)
    scratch.clean()
    assert sorted(path.name[63] for path in tmp_path.iterdir()) == ["2", "3"]
    os.utime(tmp_path / f"{2:064}.pcm1", (0, 0))
    scratch.clean()
    assert [path.name[63] for path in tmp_path.iterdir()] == ["3"]
    kept = scratch.kept(f"{3:064}")
    assert kept is not None
    os.close(kept)
    assert scratch.kept(f"{9:064}") is None


def test_a_full_disk_is_worded(
    audio: PyAvAudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(seeds()["wav"])
    monkeypatch.setattr(
        adapter, "name_file", lambda *_: (_ for _ in ()).throw(OSError(28, "No space"))
    )
    with pytest.raises(PortError, match="disk is full"):
        audio.digest(source, preview_to=tmp_path / "p.mp3")
    assert not (tmp_path / "p.mp3").exists()
