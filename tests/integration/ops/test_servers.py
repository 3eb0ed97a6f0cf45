"""The embedded servers: nothing committed is lost, and every folder is one they can work in."""

import json
import os
import shutil
import signal
from pathlib import Path

import psycopg
import pytest

from indii.ops import place, postgres, processes
from indii.ops.errors import OpsError
from indii.ops.postgres import EmbeddedPostgres, embedded_postgres
from indii.ops.redis import EmbeddedRedis, command
from tests.integration.ops.conftest import eventually

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the user")


@pytest.fixture
def folder(tmp_path):
    state = tmp_path / "state"
    yield state
    place.discard(state)


def services(one) -> dict[str, str]:
    return json.loads((one.state / "services.json").read_text())


def test_killing_everything_loses_nothing_that_was_committed(stand):
    one = stand("pg")
    found = services(one)
    link = psycopg.connect(found["dsn"])
    link.execute("CREATE TABLE kept (n int PRIMARY KEY, v vector(3))")
    link.commit()
    for number in range(50):
        link.execute("INSERT INTO kept VALUES (%s, '[1,2,3]')", [number])
        link.commit()
    link.execute("INSERT INTO kept VALUES (1000, NULL)")  # not committed
    command(found["redis"], "SET", "tab", "open")
    while everyone := one.everyone():
        for pid in everyone:
            processes.send(pid, signal.SIGKILL)
        one.process.poll()
    one.process.wait()
    link.close()
    one.start()
    found = services(one)
    with psycopg.connect(found["dsn"]) as link:
        assert link.execute("SELECT count(*), max(n) FROM kept").fetchone() == (50, 49)
    assert command(found["redis"], "GET", "tab") == b"open"
    assert one.stop() == 0
    assert not one.everyone()


def test_a_killed_server_is_back_with_its_data_while_the_rest_runs_on(stand):
    one = stand("pg")
    dsn = services(one)["dsn"]
    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("CREATE TABLE kept AS SELECT 1 AS n")
    before = one.pid("web-main")
    postmaster = int((one.state / "postgres/data/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)

    def answers() -> bool:
        try:
            with psycopg.connect(dsn) as link:
                return link.execute("SELECT n FROM kept").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    assert eventually(answers, 30), one.output.read_text()
    assert one.pid("web-main") == before


@as_root
def test_a_folder_that_the_database_user_cannot_reach(folder, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = Path(postgres._package())
    for name in (package.name, f"{package.name}.libs"):
        (closed / name).symlink_to(package.with_name(name))
    monkeypatch.setattr(postgres, "_package", lambda: closed / package.name)
    state = closed / "state"
    with embedded_postgres(state, fast=True, keep=False) as dsn, psycopg.connect(dsn) as link:
        assert link.execute("SELECT '[3,4]'::vector <-> '[0,0]'").fetchone() == (5.0,)
        outside = (state / "postgres").readlink()
        assert outside.parent in place.OUTSIDE
        assert outside.stat().st_mode & 0o777 == 0o700
        assert list(outside.glob("runtime-18-*"))
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not outside.exists()
    assert not list(outside.parent.glob(f"{outside.name}*"))


@as_root
def test_a_copied_checkout_does_not_share_the_database(tmp_path):
    tmp_path.chmod(0o700)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    place.postgres_place(first)
    shutil.copytree(first, second, symlinks=True)
    with pytest.raises(OpsError, match=f"{second} is a copy of {first}"):
        place.postgres_place(second)
    moved = tmp_path / "moved"
    first.rename(moved)
    assert place.postgres_place(moved).root == (moved / "postgres").resolve()
    place.discard(moved)


def test_another_major_version_is_refused(folder):
    with embedded_postgres(folder, fast=True):
        pass
    ((folder / "postgres").resolve() / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(OpsError, match=r"written by Postgres 17, this is Postgres 18: dump"):
        EmbeddedPostgres(folder).start()


def test_stale_lock_files_whose_pid_lives_again_are_no_hindrance(folder):
    server = EmbeddedPostgres(folder, fast=True)
    server.start()
    server.stop()
    identity = server.place.identity
    other = processes.spawn(["/bin/sleep", "60"], env={}, cwd=Path("/"), identity=identity)
    text = f"{other.pid}\n{server.data}\n1700000000\n{server.port}\n{server._socket_dir}\n\n"
    for lock in (
        server.data / "postmaster.pid",
        server._socket_dir / f".s.PGSQL.{server.port}.lock",
    ):
        lock.write_text(text)
        server.place.own(lock)
    try:
        with embedded_postgres(folder, fast=True) as dsn, psycopg.connect(dsn) as link:
            assert link.execute("SELECT 1").fetchone() == (1,)
        assert other.poll() is None
    finally:
        other.kill()
        other.communicate()


def test_initdb_that_was_killed_half_way_is_begun_again(folder):
    root = EmbeddedPostgres(folder, fast=True).place.root
    (root / "data.new").mkdir()
    (root / "data.new" / "PG_VERSION").write_text("18\n")
    with embedded_postgres(folder, fast=True) as dsn, psycopg.connect(dsn) as link:
        assert link.execute("SELECT current_setting('fsync')").fetchone() == ("off",)


def test_the_application_is_no_superuser_and_tcp_wants_a_password(folder):
    server = EmbeddedPostgres(folder, fast=True)
    server.start()
    try:
        with psycopg.connect(server.tcp_dsn()) as link:
            row = link.execute("SELECT current_setting('is_superuser'), version()").fetchone()
        assert row is not None
        assert row[0] == "off"
        assert row[1].startswith("PostgreSQL 18")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"postgresql://indii@127.0.0.1:{server.port}/indii")
    finally:
        server.stop()


def test_a_folder_with_a_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with embedded_postgres(deep, fast=True, keep=False) as dsn, psycopg.connect(dsn) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_redis_asks_for_its_password_and_keeps_keys(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.start()
    command(server.url, "SET", "tab", "open")
    assert command(f"redis://127.0.0.1:{server.port}", "GET", "tab") is None
    assert server._process is not None
    server._process.kill()
    server.stop()
    again = EmbeddedRedis(tmp_path)
    again.start()
    try:
        assert command(again.url, "GET", "tab") == b"open"
        assert again.port == server.port
    finally:
        again.stop()
    assert (tmp_path / "redis").stat().st_mode & 0o777 == 0o700
