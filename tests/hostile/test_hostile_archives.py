"""Archives that want to hurt, and honest ones that must pass."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from indii.kernel.archives import ArchiveRefused, inspect_zip
from tests.hostile.mutate import seeds

WAV = seeds()["wav"]


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def inspect(tmp_path: Path, data: bytes, **limits: float) -> list[str]:
    path = tmp_path / "stems.zip"
    path.write_bytes(data)
    values = {"max_total": 50_000_000, "max_entries": 20, "max_ratio": 30.0} | limits
    found = inspect_zip(path, **values)  # type: ignore[arg-type]
    assert [item.name for item in tmp_path.iterdir()] == ["stems.zip"]
    return [entry.name for entry in found]


def test_honest_archives_pass(tmp_path: Path) -> None:
    data = packed(
        ("Stems/", b""),
        ("Stems/Kick.wav", WAV),
        ("Stems/Bass.FLAC", seeds()["flac"]),
        ("Stems/Schläge.mp3", seeds()["mp3"]),
        ("__MACOSX/Stems/._Kick.wav", b"\0\5\x16\7"),
        ("Stems/.DS_Store", b"Bud1"),
    )
    assert inspect(tmp_path, data) == ["Stems/Kick.wav", "Stems/Bass.FLAC", "Stems/Schläge.mp3"]
    assert inspect(tmp_path, packed(("a.wav", WAV), how=zipfile.ZIP_STORED)) == ["a.wav"]


def test_an_archive_written_to_a_pipe_passes(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("a.wav", WAV)
        archive.writestr("b.wav", WAV)
    assert inspect(tmp_path, bytes(pipe.data)) == ["a.wav", "b.wav"]


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.wav")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted() -> bytes:
    data = bytearray(packed(("a.wav", WAV)))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying_size(*, more: bool) -> bytes:
    """The directory promises another length than the data unpacks to."""
    data = bytearray(packed(("a.wav", WAV)))
    at = data.find(b"PK\x01\x02") + 24
    size = len(WAV) + (1000 if more else -1000)
    data[at : at + 4] = struct.pack("<I", size)
    return bytes(data)


def overlapping() -> bytes:
    """Many directory entries over one and the same data, as in the densest known bombs."""
    one = packed(("a.wav", bytes(3_000_000)))
    at = one.find(b"PK\x01\x02")
    end = one.find(b"PK\x05\x06")
    entry = one[at:end]
    entries = b"".join(
        entry.replace(b"a.wav", f"{chr(98 + index)}.wav".encode()) for index in range(9)
    )
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 10, 10, len(entry + entries), at, 0)
    return one[:at] + entry + entries + tail


def wrong_local_name() -> bytes:
    data = packed(("a.wav", WAV))
    return data.replace(b"a.wav", b"b.exe", 1)


def wrong_checksum() -> bytes:
    data = bytearray(packed(("a.wav", WAV), how=zipfile.ZIP_STORED))
    data[5000] ^= 1
    return bytes(data)


def endless_directory() -> bytes:
    data = packed(("a.wav", WAV))
    at = data.find(b"PK\x05\x06")
    head = data[: data.find(b"PK\x01\x02")]
    entries = bytes(5_000_000)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 3, 3, len(entries), len(head), 0)
    return head + entries + tail + data[at + 22 :]


def duplicate() -> bytes:
    return packed(("Kick.wav", WAV), ("kick.WAV", WAV))


HOSTILE = {
    "broken": (lambda: WAV, "broken"),
    "cut": (lambda: packed(("a.wav", WAV))[:-30], "broken"),
    "nothing": (lambda: b"", "broken"),
    "no sound": (lambda: packed(), "empty"),
    "absolute": (lambda: packed(("/etc/a.wav", WAV)), "path"),
    "upward": (lambda: packed(("../a.wav", WAV)), "path"),
    "hidden upward": (lambda: packed(("a/../../a.wav", WAV)), "path"),
    "drive": (lambda: packed(("C:a.wav", WAV)), "path"),
    "control": (lambda: packed(("a\x1b.wav", WAV)), "name"),
    "long name": (lambda: packed(("a" * 500 + ".wav", WAV)), "name"),
    "link": (lambda: packed((link(), b"/etc/passwd")), "link"),
    "encrypted": (encrypted, "encrypted"),
    "nested": (lambda: packed(("a.zip", packed(("a.wav", WAV)))), "nested"),
    "program": (lambda: packed(("a.wav", WAV), ("setup.exe", b"MZ")), "not_audio"),
    "dressed": (lambda: packed(("a.wav", b"MZ" + bytes(500))), "not_audio"),
    "twice": (duplicate, "duplicate"),
    "many": (lambda: packed(*((f"{index}.wav", b"RIFF") for index in range(21))), "too_many"),
    "large": (lambda: packed(*((f"{n}.wav", bytes(9_000_000)) for n in range(6))), "too_large"),
    "bomb": (lambda: packed(("a.wav", b"RIFF" + bytes(40_000_000))), "ratio"),
    "clutter bomb": (lambda: packed(("a.wav", WAV), ("__MACOSX/x", bytes(40_000_000))), "ratio"),
    "more": (lambda: lying_size(more=True), "lies"),
    "less": (lambda: lying_size(more=False), "lies"),
    "overlap": (overlapping, "overlap"),
    "local name": (wrong_local_name, "name"),
    "checksum": (wrong_checksum, "lies"),
    "directory": (endless_directory, "broken"),
    "lzma": (lambda: packed(("a.wav", WAV), how=zipfile.ZIP_LZMA), "method"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_are_refused(tmp_path: Path, name: str) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(ArchiveRefused) as caught:
        inspect(tmp_path, make(), **({"max_ratio": 1e9} if name == "overlap" else {}))
    assert caught.value.reason == reason
    assert caught.value.message.endswith(".")
    assert caught.value.field == "stems"


def test_flipped_bytes_never_escape_as_other_errors(tmp_path: Path) -> None:
    import random

    rng = random.Random(11)
    whole = packed(("a/kick.wav", WAV[:3000]), ("a/snare.flac", seeds()["flac"][:3000]))
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        try:
            inspect(tmp_path, bytes(data))
        except ArchiveRefused:
            refused += 1
    assert refused > 300
