"""One untrusted file, one process: close every door, do the work, answer, leave."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import importlib
import io
import os
import pkgutil
import resource
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import av
import av.error

from indii.adapters.audio.pyav import digesting, mp3_encoder, probing, wire
from indii.adapters.audio.pyav.preview import VoiceTag
from indii.adapters.audio.pyav.reading import allow_cpu
from indii.adapters.audio.pyav.refusals import Refusal, words
from indii.adapters.audio.pyav.sniff import wav_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

MEMORY_BYTES: Final = 512 * 1024 * 1024
"""Address space a file may add to what the preloaded process already maps."""
MAX_FILE_BYTES: Final = 768 * 1024 * 1024
"""Longest output: an hour of mono float PCM at 48 kHz is 691 MB."""
CPU_S: Final = {"probe": 20, "cover": 20, "digest": 600, "mp3": 600, "pcm": 300}
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38

_libc = ctypes.CDLL(None, use_errno=True)


def run(request: dict[str, Any], reply: int, fds: list[int], server_pid: int) -> NoReturn:
    """Serve `request` in this freshly forked process and end it. Never returns."""
    code = 1
    try:
        reply, fds = _keep_only(reply, fds)
        answer = wire_end(reply)
        _close_descriptors(request["op"], len(fds) + 4, server_pid)
        wire.send(answer, _answer(request, fds))
        code = 0
    except BaseException:  # noqa: BLE001 - the end status tells the rest; nothing may escape
        code = 70
    finally:
        os._exit(code)


def wire_end(reply: int) -> socket.socket:
    """Wrap the descriptor of the reply socket."""
    return socket.socket(fileno=reply)


def _keep_only(reply: int, fds: list[int]) -> tuple[int, list[int]]:
    """Move the reply and the files to 3, 4, ... and close all others.

    With the limit on open files set to exactly this number the process can open neither a file
    nor a socket: whatever a demuxer wants to follow, there is no descriptor to do it with.
    """
    parked = [os.dup(fd) for fd in (reply, *fds)]
    above = max(parked) + 1
    high = [os.dup2(fd, above + index) for index, fd in enumerate(parked)]
    for index, fd in enumerate(high):
        os.dup2(fd, 3 + index)
    os.closerange(3 + len(high), os.sysconf("SC_OPEN_MAX"))
    return 3, list(range(4, 3 + len(high)))


def _close_descriptors(op: str, open_files: int, server_pid: int) -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server_pid:  # the server died before the line above
        os._exit(71)
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    mapped = _mapped_bytes()
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_NOFILE, open_files),
    ):
        resource.setrlimit(limit, (value, value))
    memory = mapped + MEMORY_BYTES
    with contextlib.suppress(ValueError):  # an outer limit is lower already: then that one holds
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S[op], CPU_S[op]))
    allow_cpu(0)


def _mapped_bytes() -> int:
    """Address space in use; read by the server before the fork, because no file can be opened."""
    return MAPPED.get("bytes", 1 << 30)


MAPPED: Final[dict[str, int]] = {}


def measure_mapped() -> None:
    """Note this process's address space (called in the server, once everything is loaded)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    MAPPED["bytes"] = int(pages) * resource.getpagesize()


def warm_up() -> None:
    """Load and run everything once on sound made here, so that a child never has to import.

    A child cannot open files, hence every module of PyAV and the codec of old tags come first.
    """
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if "__main__" not in module.name:
            importlib.import_module(module.name)
    codecs.lookup("cp1252")
    data = wav_header(16_000, 8_000) + bytes(16_000)
    kept = io.BytesIO()
    probing.probe(io.BytesIO(data), len(data))
    probing.cover(io.BytesIO(data), len(data))
    digesting.digest(io.BytesIO(data), len(data), preview_to=io.BytesIO(), kept=kept, tag=None)
    digesting.pcm(digesting.kept_blocks(kept), 8_000, io.BytesIO())
    mp3_encoder.mp3(io.BytesIO(data), len(data), out=io.BytesIO(), start=0)


def _answer(request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    """Do the work and word every ending."""
    try:
        with contextlib.ExitStack() as stack:
            writable = _WRITES[request["op"]]
            files = [
                stack.enter_context(os.fdopen(fd, "r+b" if index in writable else "rb", 0))
                for index, fd in enumerate(fds)
            ]
            return {"ok": _OPS[request["op"]](request, files)}
    except Refusal as refusal:
        return {"refused": refusal.reason, "words": refusal.words}
    except MemoryError:
        return {"refused": "too_heavy", "words": words("too_heavy")}
    except OSError as error:
        if isinstance(error, av.error.FFmpegError) and error.errno not in _DISK:
            return {"refused": "damaged", "words": words("damaged")}
        return {"failed": error.errno or 0}


_DISK: Final = frozenset({5, 12, 27, 28, 122})  # EIO ENOMEM EFBIG ENOSPC EDQUOT


def _probe(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return probing.probe(files[0], request["size"])


def _cover(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    picture = probing.cover(files[0], request["size"])
    write_all(files[1], picture or b"")
    return {"bytes": len(picture or b"")}


def _digest(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    source, preview, kept, *rest = files
    tag = VoiceTag.read(rest[0], request["tag_size"], digesting.Meter) if rest else None
    return digesting.digest(source, request["size"], preview_to=preview, kept=kept, tag=tag)


def _pcm(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    source, out = files
    blocks = (
        digesting.kept_blocks(source)
        if request["kept"]
        else digesting.decoded_blocks(source, request["size"])
    )
    return {"samples": digesting.pcm(blocks, request["rate"], out)}


def _mp3(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    source, out = files
    return mp3_encoder.mp3(source, request["size"], out=out, start=request["start"])


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write every byte to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


_OPS: Final[dict[str, Callable[[dict[str, Any], list[Any]], dict[str, Any]]]] = {
    "probe": _probe,
    "cover": _cover,
    "digest": _digest,
    "mp3": _mp3,
    "pcm": _pcm,
}
_WRITES: Final = {"probe": (), "cover": (1,), "digest": (1, 2), "mp3": (1,), "pcm": (1,)}
