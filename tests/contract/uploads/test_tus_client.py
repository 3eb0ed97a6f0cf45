"""Uploads judged by a client that knows nothing of us: tuspy, against the served application."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage.filestorage import FileStorage

from indii.catalog.uploads.rules import MOST_PART_BYTES
from tests import tus
from tests.factories.sounds import wav
from tests.serving import Person, Site, serve, start_web, wait_for

CHUNK = 100_000
SAID = {"kind": "main_wav", "filename": "Night Drive.wav"}


class KeptOpen(io.BytesIO):
    """The client closes a stream once it knows its fingerprint, and reads on."""

    def close(self) -> None:
        """Stay open."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("tus")) as served:
        yield served


@pytest.fixture(scope="module")
def owner(site: Site) -> Person:
    return site.person("Ash Verell", ["fan", "producer"])


def client_of(site: Site, person: Person) -> TusClient:
    return TusClient(site.url + tus.URL, headers={"Cookie": person.cookie})


def verdict(site: Site, person: Person, address: str) -> dict[str, object]:
    site.work()
    return dict(requests.get(address, headers={"Cookie": person.cookie}, timeout=30).json())


def test_it_uploads_in_parts_each_with_its_checksum(site: Site, owner: Person) -> None:
    content = io.BytesIO(wav(3))
    uploader = client_of(site, owner).uploader(
        file_stream=content, chunk_size=CHUNK, metadata=SAID, upload_checksum=True
    )
    uploader.upload()
    found = verdict(site, owner, uploader.url)
    assert (found["state"], found["filename"]) == ("checked", "Night Drive.wav")
    assert found["received"] == len(content.getvalue())


def test_it_goes_on_where_a_killed_server_stood(site: Site, owner: Person, tmp_path: Path) -> None:
    """Given half a file, when the server dies in a part, then a new client needs only the rest."""
    content = wav(10)
    remembered = FileStorage(str(tmp_path / "urls.json"))

    def uploader() -> object:
        return client_of(site, owner).uploader(
            file_stream=KeptOpen(content), chunk_size=CHUNK, metadata=SAID, store_url=True,
            url_storage=remembered,
        )  # fmt: skip

    first = uploader()
    first.upload(stop_at=3 * CHUNK)
    address, half = first.url, first.offset
    assert half == 3 * CHUNK
    cut_off(site, owner, address, half, content)
    start_web(site)
    second = uploader()
    assert second.url == address
    assert half < second.offset < len(content)
    second.upload()
    found = verdict(site, owner, address)
    assert (found["state"], found["received"]) == ("checked", len(content))
    remembered.close()


def cut_off(site: Site, owner: Person, address: str, offset: int, content: bytes) -> None:
    """Kill the server while it receives a part."""

    def slowly() -> Iterator[bytes]:
        for at in range(offset, len(content), CHUNK):
            yield content[at : at + CHUNK]
            time.sleep(0.1)

    def send() -> None:
        with (
            httpx.Client(headers={"Cookie": owner.cookie}, timeout=30) as web,
            pytest.raises(httpx.HTTPError),
        ):
            tus.patch(web, address, offset, slowly())

    part = site.state_dir / "incoming" / f"{address.rpartition('/')[2]}.part"
    sending = threading.Thread(target=send)
    sending.start()
    wait_for(lambda: part.stat().st_size > offset, "the first bytes of the part")
    assert site.web is not None
    site.stop(site.web, 9)
    sending.join()


def test_it_is_told_what_is_refused(site: Site, owner: Person) -> None:
    with pytest.raises(TusCommunicationError) as refused:
        client_of(site, owner).uploader(
            file_stream=io.BytesIO(b"x"), metadata={"kind": "avatar"}
        ).upload()
    assert refused.value.status_code == 422
    stranger = client_of(site, site.person("Mara Quist", ["fan"]))
    with pytest.raises(TusCommunicationError) as refused:
        stranger.uploader(file_stream=io.BytesIO(b"x"), metadata=SAID).upload()
    assert refused.value.status_code == 403
    large = io.BytesIO(bytes(MOST_PART_BYTES + 1))
    with pytest.raises(TusUploadFailed) as failed:
        client_of(site, owner).uploader(file_stream=large, metadata=SAID).upload()
    assert failed.value.status_code == 413
