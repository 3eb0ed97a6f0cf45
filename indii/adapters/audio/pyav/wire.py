"""The words between adapter, server and child: small JSON datagrams and file descriptors."""

from __future__ import annotations

import json
import socket
from typing import Any, Final

MAX_MESSAGE: Final = 64 * 1024
MAX_FDS: Final = 8


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected ends that keep message boundaries and tell when the other is gone."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send one message. Raises: OSError when the other end is gone."""
    data = json.dumps(message).encode()
    if fds:
        socket.send_fds(sock, [data], list(fds))
    else:
        sock.send(data)


def receive(sock: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return the next message with its descriptors, or (None, []) at the end."""
    data, fds, _, _ = socket.recv_fds(sock, MAX_MESSAGE, MAX_FDS)
    return (json.loads(data), fds) if data else (None, fds)
