"""What must be true before anything starts; each failure is one line that says what to do."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import sys
from pathlib import Path

from indii.ops import ports
from indii.ops.errors import OpsError

NEEDED_MB = 300
"""Room for the write-ahead log, logs and a front end that is already installed."""
NEEDED_TO_BUILD_MB = 900
"""Room for the front end's packages and build (about 250 MB) and a first database as well."""
WIDE = {"0.0.0.0", "::"}


def check_python(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Refuse a Python that the pinned packages have no wheels for."""
    if version not in {(3, 11), (3, 12)}:
        found = ".".join(map(str, version))
        raise OpsError(
            f"Indii needs Python 3.11 or 3.12, this is {found}: remove .venv and run make up "
            "with a right one (make up PYTHON=/path/to/python3.12)."
        )


def check_machine(*, embedded: bool) -> None:
    """Refuse systems that the embedded servers were not built for."""
    if sys.platform != "linux":
        raise OpsError("Indii runs on Linux; on another system use a Linux container.")
    if embedded and platform.machine() not in {"x86_64", "aarch64"}:
        raise OpsError(
            f"There are no embedded servers for {platform.machine()}; set INDII_DATABASE_URL "
            "and INDII_REDIS_URL to servers of your own."
        )


def check_state_dir(state_dir: Path, *, builds: bool = False) -> None:
    """Make the state folder; refuse one that cannot be written, or a disk that is nearly full."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        probe = state_dir / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise OpsError(f"The disk that holds {state_dir} is full.") from error
        raise OpsError(
            f"{state_dir} cannot be written ({error.strerror}); give it to this user "
            "(chown), or set INDII_STATE_DIR to another folder."
        ) from error
    needed = NEEDED_TO_BUILD_MB if builds else NEEDED_MB
    free = shutil.disk_usage(state_dir).free // 1_000_000
    if free < needed:
        raise OpsError(
            f"Only {free} MB are free on the disk that holds {state_dir}; at least {needed} MB "
            "are needed. Free some, or set INDII_STATE_DIR to a folder on another disk."
        )


def check_port(host: str, port: int) -> None:
    """Refuse a port that another program listens on, or that we may not open."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise OpsError(f"INDII_HOST={host} is no address of this machine: {error}.") from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise OpsError(_port_trouble(host, port, error)) from error
    if host in WIDE and not ports.is_free(port):
        # a listener on 127.0.0.1 alone would silently take the local visitors
        raise OpsError(_taken(port))


def _port_trouble(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _taken(port)
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}; choose one above 1023: INDII_PORT=3000."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"INDII_HOST={host} is no address of this machine."
    return f"Port {port} cannot be opened on {host}: {error.strerror}."


def _taken(port: int) -> str:
    who = ports.holder(port)
    by = f" by process {who[0]} ({who[1]})" if who else " by another program"
    return f"Port {port} is taken{by}. Stop it, or choose another: INDII_PORT={port + 1} make up"
