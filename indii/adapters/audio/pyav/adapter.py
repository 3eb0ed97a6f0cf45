"""The audio port on PyAV: every untrusted byte is read in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import mmap
import os
import signal
import stat
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indii.adapters.audio.pyav import id3
from indii.adapters.audio.pyav.client import ForkServer, ServerGoneError, shared_server
from indii.adapters.audio.pyav.refusals import words
from indii.adapters.audio.pyav.scratch import Scratch, name_file
from indii.adapters.audio.pyav.sniff import wav_header
from indii.ports.audio import MAX_BYTES, Digest, Probe
from indii.ports.errors import AudioRefused, PortError

WALL_S: Final = {"probe": 30.0, "cover": 30.0, "digest": 900.0, "mp3": 900.0, "pcm": 300.0}
MIN_PCM_RATE, MAX_PCM_RATE = 4_000, 192_000
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class PyAvAudio:
    """Audio port by FFmpeg's libraries, isolated: a crash, hang or bomb ends only its child."""

    def __init__(
        self, scratch: Path, *, at_once: int = 4, server: ForkServer | None = None
    ) -> None:
        """Keep decoded sound under `scratch`; read at most `at_once` files at the same time."""
        self.scratch = Scratch(scratch)
        self._server = server or shared_server()
        self._at_once = at_once
        self._gate = threading.BoundedSemaphore(at_once)
        self._owner = os.getpid()

    @property
    def server_pid(self) -> int | None:
        """Process id of the fork server, for operators and tests."""
        return self._server.pid

    def probe(self, path: Path) -> Probe:
        """Say what the content is (the name and its extension are ignored)."""
        with _source(path) as (fd, size):
            return Probe(**self._ask({"op": "probe", "size": size}, (fd,)))

    def cover(self, path: Path) -> bytes | None:
        """Return the embedded picture, if there is one."""
        with _source(path) as (fd, size), self._unnamed() as out:
            held = self._ask({"op": "cover", "size": size}, (fd, out))["bytes"]
            return os.pread(out, held, 0) if held else None

    def digest(self, path: Path, *, preview_to: Path, voice_tag: Path | None = None) -> Digest:
        """Decode all of it, measure, and write the preview atomically to `preview_to`."""
        with contextlib.ExitStack() as stack:
            fd, size = stack.enter_context(_source(path))
            preview = stack.enter_context(self._unnamed(preview_to.parent))
            kept = stack.enter_context(self._unnamed())
            tag: tuple[int, ...] = ()
            tag_size = 0
            if voice_tag is not None:
                tag_fd, tag_size = stack.enter_context(_source(voice_tag))
                tag = (tag_fd,)
            request = {"op": "digest", "size": size, "tag_size": tag_size}
            found = self._ask(request, (fd, preview, kept, *tag))
            if found.pop("kept"):
                self.scratch.keep(_sha256(fd), kept)
            with _worded():
                os.fsync(preview)
                name_file(preview, preview_to)
        return Digest(**{**found, "peaks": base64.b64decode(found["peaks"])})

    def mp3(
        self, path: Path, *, to: Path, tags: Mapping[str, str], cover: bytes | None = None
    ) -> int:
        """Decode all of it and write the 320 kbit/s MP3 atomically to `to`; return its bytes."""
        head = id3.tag(tags, cover)
        with _source(path) as (fd, size), self._unnamed(to.parent) as out:
            with _worded(), os.fdopen(out, "wb", closefd=False) as file:
                file.write(head)
            made = self._ask({"op": "mp3", "size": size, "start": len(head)}, (fd, out))
            with _worded():
                os.fsync(out)
                name_file(out, to)
        return int(made["bytes"])

    def pcm(self, path: Path, rate: int) -> NDArray[np.float32]:
        """Return mono samples at `rate` Hz, from what `digest` kept when it is still there."""
        if not MIN_PCM_RATE <= rate <= MAX_PCM_RATE:
            message = f"rate must be {MIN_PCM_RATE}..{MAX_PCM_RATE} Hz, not {rate}"
            raise ValueError(message)
        with contextlib.ExitStack() as stack:
            fd, size = stack.enter_context(_source(path))
            kept = self.scratch.kept(_sha256(fd))
            if kept is not None:
                stack.callback(os.close, kept)
            out = stack.enter_context(self._unnamed())
            request = {"op": "pcm", "size": size, "rate": rate, "kept": kept is not None}
            self._ask(request, (fd if kept is None else kept, out))
            length = os.fstat(out).st_size
            return np.frombuffer(mmap.mmap(out, length, access=mmap.ACCESS_COPY), np.float32)

    def check(self) -> None:
        """Raise `PortError` unless a tone made on the spot can be probed and decoded."""
        tone = np.sin(np.arange(8000) * (2 * np.pi * 440 / 8000)) * 12000
        data = tone.astype("<i2").tobytes()
        with self._unnamed() as fd:
            os.write(fd, wav_header(len(data), 8000) + data)
            found = self._ask({"op": "probe", "size": len(data) + 44}, (fd,))
        if found["duration_ms"] != 1000:
            raise PortError("The sound decoder gives wrong answers: install Indii again.")

    def close(self) -> None:
        """End the fork server; a later call starts a new one."""
        self._server.close()

    @contextlib.contextmanager
    def _unnamed(self, folder: Path | None = None) -> Iterator[int]:
        with _worded():
            fd = self.scratch.unnamed(folder)
        try:
            yield fd
        finally:
            os.close(fd)

    def _ask(self, request: dict[str, Any], fds: tuple[int, ...]) -> dict[str, Any]:
        """Have a child answer `request`; once more when the server itself was lost."""
        request["wall_s"] = WALL_S[request["op"]]
        with self._turn():
            try:
                answers = self._server.ask(request, fds)
            except ServerGoneError:
                for fd in fds:
                    os.lseek(fd, 0, os.SEEK_SET)
                try:
                    answers = self._server.ask(request, fds)
                except ServerGoneError as error:
                    raise PortError("The sound decoder stopped. Try again in a minute.") from error
        return _judge(answers)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if self._owner != os.getpid():  # a fork: the counts belong to the parent's threads
            self._owner, self._gate = os.getpid(), threading.BoundedSemaphore(self._at_once)
        with self._gate:
            yield


def _judge(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Turn a child's answer, or its way of dying, into a result or a worded error."""
    first = answers[0]
    if "ok" in first:
        found: dict[str, Any] = first["ok"]
        return found
    if "refused" in first:
        raise AudioRefused(first["words"], reason=first["refused"])
    if "failed" in first:
        raise _machine_trouble(first["failed"])
    if first["timed_out"]:
        raise PortError("This machine is too busy to read the file now. It will be tried again.")
    reason = "too_slow" if first["signal"] == signal.SIGXCPU else "crashed"
    if first["signal"] == signal.SIGKILL:  # not our limit: the system ran out of memory
        raise PortError("This machine ran out of memory while reading the file. Try again later.")
    raise AudioRefused(words(reason), reason=reason)


def _machine_trouble(number: int) -> PortError:
    if number in _DISK_FULL:
        return PortError("The disk is full: free some space, then try again.")
    if number == errno.ENOMEM:
        return PortError("This machine is out of memory. Try again in a minute.")
    return PortError(f"The file could not be processed ({os.strerror(number)}). Try again.")


@contextlib.contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _machine_trouble(error.errno or errno.EIO) from error


@contextlib.contextmanager
def _source(path: Path) -> Iterator[tuple[int, int]]:
    """Open an input as (descriptor, bytes); only the descriptor travels to the child."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise PortError("The sound file no longer exists.", retryable=False) from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise AudioRefused(words("not_audio"), reason="not_audio")
        if found.st_size > MAX_BYTES:
            raise AudioRefused(words("too_large"), reason="too_large")
        yield fd, found.st_size
    finally:
        os.close(fd)


def _sha256(fd: int) -> str:
    """Hash the content behind `fd` without moving its position."""
    hashed, at = hashlib.sha256(), 0
    while chunk := os.pread(fd, 1 << 20, at):
        hashed.update(chunk)
        at += len(chunk)
    return hashed.hexdigest()
