"""What a native form posts: read within limits, or refused in words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from indii.kernel.bodies import announced_length
from indii.kernel.errors import IndiiError
from indii.kernel.text import is_storable

_PLAIN = "application/x-www-form-urlencoded"
_WITH_FILES = "multipart/form-data"


class FormTooLarge(IndiiError):
    """More bytes were announced than the form can have, or it did not say how many."""

    def __init__(self) -> None:
        super().__init__("This form is too large.")


class FormMalformed(IndiiError):
    """No form of ours was sent: of another type, with too many fields, broken off."""

    def __init__(self) -> None:
        super().__init__("This form could not be read. Nothing was changed.")


@asynccontextmanager
async def open_form(
    request: Request, *, most_bytes: int, most_fields: int, most_files: int = 0
) -> AsyncIterator[FormData]:
    """Open what was posted; files are there until the block ends.

    Raises:
        FormTooLarge: before a byte of the body was read.
        FormMalformed: it is no form, or not one with these limits.
    """
    length = announced_length(request)
    if length is None or length > most_bytes:
        raise FormTooLarge
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_known = kind == _PLAIN or (kind == _WITH_FILES and most_files > 0)
    if length and not is_known:
        raise FormMalformed
    try:
        form = await request.form(
            max_files=most_files, max_fields=most_fields, max_part_size=most_bytes
        )
    except (HTTPException, MultiPartException) as error:
        raise FormMalformed from error
    try:
        yield form
    finally:
        await form.close()


async def form_fields(
    request: Request, *, most_bytes: int = 20_000, most_fields: int = 20
) -> Mapping[str, str]:
    """Return the fields of a form without files.

    Raises:
        FormTooLarge: more was announced.
        FormMalformed: it is no form, has more fields, or holds what no text can.
    """
    async with open_form(request, most_bytes=most_bytes, most_fields=most_fields) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if not all(is_storable(value) for value in fields.values()):
        raise FormMalformed
    return fields
