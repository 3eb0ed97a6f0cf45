"""One POST whose answer is but a status: all that a sender of webhooks needs of HTTP."""

import asyncio
import contextlib
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

LONGEST_ANSWER = 1_000_000


class NoAnswer(Exception):
    """Nobody answered, or not in HTTP; the message is the sort of trouble."""


async def post(url: str, payload: bytes, headers: Mapping[str, str], *, timeout_s: float) -> int:
    """Return the status that was answered. Raises: NoAnswer. Redirects are not followed."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(url, payload, headers)
    except TimeoutError:
        raise NoAnswer("no answer in time") from None
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise NoAnswer(type(error).__name__) from error


async def _exchange(url: str, payload: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    is_secure = parts.scheme.lower() == "https"
    port = parts.port or (443 if is_secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=is_secure or None)
    try:
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='=&%/?:@!$()*+,;~-._')}" if parts.query else ""
        lines = {
            "Host": parts.netloc.rpartition("@")[2],
            **headers,
            "Content-Length": str(len(payload)),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"POST {target}{query} HTTP/1.1\r\n{head}\r\n".encode() + payload)
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        # Heard out, so that the other side is not cut off in its sentence.
        with contextlib.suppress(OSError):
            await _to_the_end(reader)
        return status
    finally:
        writer.close()


async def _to_the_end(reader: asyncio.StreamReader) -> None:
    heard = 0
    while heard < LONGEST_ANSWER and (part := await reader.read(65_536)):
        heard += len(part)
