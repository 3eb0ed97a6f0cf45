"""Flows of profiles: a picture is decoded and stored before the profile points at it."""

import contextlib
import io
import tempfile
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from indii.identity.profiles import commands
from indii.identity.profiles.errors import PictureRefused
from indii.identity.profiles.rules import AVATAR_PX, MAX_AVATAR_BYTES
from indii.kernel.context import Actor
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError

_FORMATS = ("JPEG", "PNG", "WEBP")
_MAX_PIXELS = 40_000_000
PER_HOUR = 20


def square(data: bytes) -> bytes:
    """Return the middle of the picture as a 256 px WebP without any metadata.

    Raises:
        PictureRefused: it is no JPEG, PNG or WebP, is broken, or is too large.
    """
    if len(data) > MAX_AVATAR_BYTES:
        raise PictureRefused("Use a picture of at most 5 MB.")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as probe:
            if probe.width * probe.height > _MAX_PIXELS:
                raise PictureRefused("Use a picture of at most 40 megapixels.")
            probe.verify()
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            picture.draft("RGB", (AVATAR_PX * 2, AVATAR_PX * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PictureRefused("Use a JPEG, PNG or WebP picture.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureRefused("This picture is damaged. Save it again and retry.") from error
    fitted = ImageOps.fit(upright, (AVATAR_PX, AVATAR_PX), Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", fitted.size)
    clean.paste(fitted)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=84, method=4)
    return out.getvalue()


def change_avatar(rt: Runtime, actor: Actor, *, data: bytes) -> None:
    """Show this picture beside the actor's name from now on; no data takes it away.

    Raises:
        PictureRefused: it cannot be used; the one before stays.
        SignInNeeded: nobody is signed in.
    """
    profile_id = actor.require_profile()
    rt.limiter.hit(f"avatar:{profile_id}", limit=PER_HOUR, per_s=3600)
    key = _store(rt, square(data)) if data else ""
    try:
        with rt.write(actor) as ctx:
            before = commands.set_avatar(ctx, key=key)
    except Exception:
        _forget(rt, key)
        raise
    _forget(rt, before)


def _store(rt: Runtime, picture: bytes) -> str:
    name = new_id().hex
    key = f"avatars/{name[-2:]}/{name}.webp"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "avatar.webp"
        file.write_bytes(picture)
        rt.storage.put(key, file, content_type="image/webp")
    return key


def _forget(rt: Runtime, key: str) -> None:
    if key:
        # A picture that nobody points at costs a few kilobytes; failing here would cost more.
        with contextlib.suppress(PortError):
            rt.storage.delete(key)


def delete_picture(rt: Runtime, *, key: str) -> None:
    """Remove a picture that no profile shows any more.

    Raises:
        StorageError: it is still there.
    """
    rt.storage.delete(key)
