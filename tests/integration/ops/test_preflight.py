"""Every foreseeable trouble is one clear line."""

import os
import socket
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import pytest

from indii.ops import place, ports, preflight
from indii.ops.errors import OpsError


def test_a_taken_port_names_its_holder_and_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OpsError) as refused:
            preflight.check_port("127.0.0.1", port)
    text = str(refused.value)
    assert text.startswith(f"Port {port} is taken by process {os.getpid()} (")
    assert text.endswith(f"choose another: INDII_PORT={port + 1} make up")
    preflight.check_port("127.0.0.1", port)


def test_a_wide_address_sees_a_listener_on_loopback():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OpsError, match="is taken"):
            preflight.check_port("0.0.0.0", taken.getsockname()[1])


def test_an_address_of_another_machine():
    with pytest.raises(OpsError, match=r"INDII_HOST=192\.0\.2\.1 is no address of this machine"):
        preflight.check_port("192.0.2.1", ports.free_port())


def test_a_full_disk(tmp_path, monkeypatch):
    usage = types.SimpleNamespace(free=5_000_000)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OpsError, match="Only 5 MB are free on the disk that holds"):
        preflight.check_state_dir(tmp_path / "var")


def test_a_state_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OpsError, match="cannot be written"):
        preflight.check_state_dir(tmp_path / "file" / "var")


def test_a_wrong_python_and_a_wrong_machine(monkeypatch):
    with pytest.raises(OpsError, match=r"needs Python 3\.11 or 3\.12, this is 3\.13"):
        preflight.check_python((3, 13))
    monkeypatch.setattr(preflight.platform, "machine", lambda: "riscv64")
    with pytest.raises(OpsError, match="no embedded servers for riscv64"):
        preflight.check_machine(embedded=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the user")
def test_a_database_folder_that_became_unreachable():
    with tempfile.TemporaryDirectory() as made:
        state = Path(made)
        state.chmod(0o755)
        if place.postgres_place(state).root != state / "postgres":
            pytest.skip("the temporary folder is out of reach from the start")
        state.chmod(0o700)
        with pytest.raises(OpsError, match=r"cannot reach .* any more: .*chmod o\+x"):
            place.postgres_place(state)


def test_a_broken_source_tree_is_said_by_the_front_end_build(tmp_path):
    asked = subprocess.run(
        [sys.executable, "-m", "indii.ops.frontend", tmp_path, tmp_path / "var"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert asked.returncode == 1
    assert "The front end could not be built" in asked.stdout
