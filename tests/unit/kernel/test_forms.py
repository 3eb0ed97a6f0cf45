"""What is read of a posted form, and how everything else is refused."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from indii.kernel.errors import IndiiError
from indii.kernel.forms import FormMalformed, FormTooLarge, form_fields, open_form

PLAIN = "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=cut"


def posted(body: bytes, kind: str = PLAIN, **headers: str) -> Request:
    """A request as a server hands it to an endpoint."""
    told = {"content-type": kind, "content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(n.encode(), v.encode("latin-1")) for n, v in told.items() if v],
        "app": Starlette(),
    }
    return Request(scope, receive)


def part(name: str, value: bytes, filename: str = "") -> bytes:
    extra = f'; filename="{filename}"' if filename else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + value + b"\r\n"


async def test_fields_are_read() -> None:
    read = await form_fields(posted(b"email=mara%40example.com&name=M%C3%A4ra+L&name=Lind"))
    assert read == {"email": "mara@example.com", "name": "Lind"}
    assert await form_fields(posted(b"", kind="")) == {}
    assert await form_fields(posted(b"a=1", kind=f"{PLAIN.upper()}; charset=utf-8")) == {"a": "1"}


@pytest.mark.parametrize("length", ["", "x", "-1", "1e3", "²", "101", "9" * 5000])
async def test_a_length_that_is_too_large_or_none_is_refused_unread(length: str) -> None:
    request = posted(b"a=1", content_length=length)
    with pytest.raises(FormTooLarge):
        await form_fields(request, most_bytes=100)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=1&b=2&c=3", PLAIN),
        (b'{"a": 1}', "application/json"),
        (b"a=1", ""),
        (b"a=1", "text/plain"),
        (b"a=%00", PLAIN),
        # nobody's form: it would let a client choose how its bytes become text
        (part("a", b"\\ud800") + b"--cut--\r\n", f"{BOUNDARY}; charset=unicode_escape"),
        (part("a", b"1", "a.png") + b"--cut--\r\n", BOUNDARY),
    ],
)
async def test_what_is_no_form_of_ours_is_refused_in_words(body: bytes, kind: str) -> None:
    with pytest.raises(FormMalformed) as refused:
        await form_fields(posted(body, kind), most_fields=2)
    assert isinstance(refused.value, IndiiError)


async def test_more_than_was_announced_is_refused() -> None:
    with pytest.raises(FormMalformed):
        await form_fields(posted(b"a=" + b"x" * 60, content_length="10"), most_bytes=50)


async def test_a_file_is_there_while_the_form_is_open() -> None:
    body = part("avatar", b"bytes", "a.png") + part("note", b"hi") + b"--cut--\r\n"
    limits = {"most_bytes": 500, "most_fields": 1, "most_files": 1}
    async with open_form(posted(body, BOUNDARY), **limits) as form:
        assert await form["avatar"].read() == b"bytes"
        assert form["note"] == "hi"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (part("a", b"1", "a") + part("b", b"2", "b") + b"--cut--\r\n", BOUNDARY),
        (part("a", b"1", "a"), "multipart/form-data"),
        (b"--cut\r\nX: y\r\n\r\nz\r\n--cut--\r\n", BOUNDARY),
        (b"not a part at all", BOUNDARY),
    ],
)
async def test_broken_parts_are_refused_in_words(body: bytes, kind: str) -> None:
    with pytest.raises(FormMalformed):
        async with open_form(posted(body, kind), most_bytes=500, most_fields=1, most_files=1):
            pass
