"""Storage in an S3 bucket: private objects, presigned downloads, a bounded local cache."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from indii.adapters.storage.keys import (
    checked_content_type,
    checked_expiry,
    checked_key,
    gone,
    require_space,
    safe_filename,
    storage_trouble,
)
from indii.ports.errors import StorageError
from indii.ports.storage import StoredObject

CONNECT_S: Final = 3
READ_S: Final = 20
TRIES: Final = 2
MULTIPART_BYTES: Final = 32 * 1024 * 1024
FRESH_S: Final = 600.0
"""A cached file is not thrown out so soon after it was handed to somebody."""
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_REFUSED: Final = frozenset(
    {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"}
)


@dataclass(frozen=True, slots=True)
class S3Config:
    """Where the bucket is and who we are to it; `cache_dir` holds what `fetch` brought here."""

    bucket: str
    cache_dir: Path
    endpoint_url: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: str | None = None
    cache_bytes: int = 4 * 1024**3
    incoming: Path | None = None
    """Uploads written here are removed once they are stored."""


class S3Storage:
    """Any S3-compatible bucket; needs the `s3` extra."""

    in_place = None
    """Signed addresses lead to the bucket."""

    def __init__(self, config: S3Config) -> None:
        """Prepare a client; nothing is sent yet. Raises: StorageError without the extra."""
        self.config = config
        self.incoming = config.incoming.absolute() if config.incoming else None
        self._client, self._transfer = _client(config)

    def put(self, key: str, source: Path, *, content_type: str) -> StoredObject:
        """Upload `source`; readers see the old or the new object."""
        checked_key(key)
        checked_content_type(content_type)
        source = source.absolute()
        if source.is_symlink() or not source.is_file():
            raise StorageError("The file to store no longer exists.", retryable=False)
        with _translate_errors(), source.open("rb") as file:
            held, sha256 = os.fstat(file.fileno()).st_size, _sha256(file)
            file.seek(0)
            self._client.upload_fileobj(
                file, self.config.bucket, key, Config=self._transfer,
                ExtraArgs={"ContentType": content_type, "Metadata": {"sha256": sha256}},
            )  # fmt: skip
        if self.incoming and source.resolve().is_relative_to(self.incoming.resolve()):
            source.unlink(missing_ok=True)
        return StoredObject(key, held, sha256)

    def stat(self, key: str) -> StoredObject | None:
        """Describe the object; a bucket that drops metadata costs one download for the hash."""
        head = self._head(key)
        if head is None:
            return None
        sha256 = head["Metadata"].get("sha256")
        if sha256 is None:
            with self.fetch(key).open("rb") as file:
                sha256 = _sha256(file)
        return StoredObject(key, head["ContentLength"], sha256)

    def fetch(self, key: str) -> Path:
        """Return a cached copy of exactly the version that the bucket holds now."""
        head = self._head(key)
        if head is None:
            raise gone()
        version = f"{key}\n{head['ETag']}\n{head['ContentLength']}\n{head['LastModified']}"
        name = hashlib.sha256(version.encode()).hexdigest() + Path(key).suffix
        cached = self.config.cache_dir / name
        with _translate_errors():
            with contextlib.suppress(FileNotFoundError):
                os.utime(cached)
                return cached
            self._download(key, head, cached)
        self._trim(keep=cached)
        return cached

    def _download(self, key: str, head: dict[str, Any], cached: Path) -> None:
        self.config.cache_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        require_space(self.config.cache_dir, head["ContentLength"])
        part = self.config.cache_dir / f"{uuid.uuid4().hex}.part"
        try:
            with part.open("xb") as out:
                answer = self._client.get_object(
                    Bucket=self.config.bucket, Key=key, IfMatch=head["ETag"]
                )
                for chunk in answer["Body"].iter_chunks(1024 * 1024):
                    out.write(chunk)
            if part.stat().st_size != head["ContentLength"]:
                raise StorageError("The bucket sent only a part of the file. Try again.")
            part.replace(cached)
        finally:
            part.unlink(missing_ok=True)

    def _trim(self, *, keep: Path) -> None:
        """Throw out what was used longest ago until the cache fits its bound."""
        files = []
        for path in self.config.cache_dir.iterdir():
            with contextlib.suppress(OSError):
                found = path.stat()
                files.append((found.st_mtime, found.st_size, path))
        held = sum(size for _, size, _ in files)
        for used, size, path in sorted(files):
            if held <= self.config.cache_bytes or time.time() - used < FRESH_S:
                break
            if path != keep:
                path.unlink(missing_ok=True)
                held -= size

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is fine."""
        checked_key(key)
        with contextlib.suppress(_Missing), _translate_errors():
            self._client.delete_object(Bucket=self.config.bucket, Key=key)

    def url(self, key: str, *, expires_s: int, filename: str, content_type: str) -> str:
        """Presign a GET; name and type are part of the signature. Nothing is sent."""
        name = quote(safe_filename(filename))
        address: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.config.bucket,
                "Key": checked_key(key),
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{name}",
                "ResponseContentType": checked_content_type(content_type),
            },
            ExpiresIn=checked_expiry(expires_s),
        )
        return address

    def check(self) -> None:
        """Raise `StorageError` unless a small file survives a round trip."""
        key = f"check/{uuid.uuid4()}.bin"
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"indii")
            file.flush()
            stored = self.put(key, Path(file.name), content_type="application/octet-stream")
        cached: Path | None = None
        try:
            cached = self.fetch(key)
            if self.stat(key) != stored or cached.read_bytes() != b"indii":
                raise StorageError("The bucket gives back other bytes than it was given.")
        finally:
            self.delete(key)
            if cached is not None:
                cached.unlink(missing_ok=True)

    def _head(self, key: str) -> dict[str, Any] | None:
        with contextlib.suppress(_Missing), _translate_errors():
            head: dict[str, Any] = self._client.head_object(
                Bucket=self.config.bucket, Key=checked_key(key)
            )
            return head
        return None


def _client(config: S3Config) -> tuple[Any, Any]:
    """Return (client, transfer settings) of boto3."""
    try:
        boto3: Any = import_module("boto3")  # untyped, and present only with the extra
        make_config: Any = import_module("botocore.config").Config
        make_transfer: Any = import_module("boto3.s3.transfer").TransferConfig
    except ImportError as error:
        raise StorageError(
            'Storing in a bucket needs the "s3" extra: pip install "indii[s3]".', retryable=False
        ) from error
    settings = make_config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        # newer default checksums are refused by many S3-compatible servers
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        signature_version="s3v4",
        s3={"addressing_style": "path" if config.endpoint_url else "auto"},
    )
    client = boto3.session.Session().client(
        "s3",
        region_name=config.region,
        endpoint_url=config.endpoint_url,
        aws_access_key_id=config.access_key_id,
        aws_secret_access_key=config.secret_access_key,
        config=settings,
    )
    transfer = make_transfer(
        multipart_threshold=MULTIPART_BYTES, multipart_chunksize=MULTIPART_BYTES, use_threads=False
    )
    return client, transfer


class _Missing(StorageError):
    """The bucket has no such key."""


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn vendor and system errors into ours."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise _Missing(gone().message, retryable=False) from error
        if code in _REFUSED:
            raise StorageError(
                "The bucket refused us: check its name, the access key and its rights.",
                retryable=False,
            ) from error
        raise StorageError("The bucket answered with an error. Try again in a minute.") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageError("The bucket cannot be reached. Try again in a minute.") from error
    except OSError as error:
        raise storage_trouble(error) from error


def _sha256(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()
