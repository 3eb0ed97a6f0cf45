"""Small questions to local servers; each answers within a second, because the supervisor waits."""

from __future__ import annotations

import socket

TIMEOUT_S = 1.0
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def http_get(host: str, port: int, path: str) -> tuple[int, str] | None:
    """Status and the beginning of the body of a local HTTP address; None without an answer."""
    address = (ANY.get(host, host), port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(address, TIMEOUT_S) as link:
            link.settimeout(TIMEOUT_S)
            link.sendall(request.encode())
            answer = _read_some(link).decode(errors="replace")
    except OSError:
        return None
    head, _, body = answer.partition("\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdigit():
        return None
    return int(words[1]), body.strip()


def _read_some(link: socket.socket) -> bytes:
    answer = b""
    while len(answer) < 8192:
        data = link.recv(4096)
        if not data:
            break
        answer += data
    return answer
