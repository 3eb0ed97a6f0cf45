"""`python -m sandbox.stripe`: run the stand-in in the foreground, in this one process."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys

from granian.constants import Interfaces
from granian.errors import FatalError
from granian.server.embed import Server

from sandbox.stripe.app import make_app
from sandbox.stripe.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8420, help="port to listen on")
    given = parser.parse_args()
    logging.basicConfig(
        level=os.environ.get("SANDBOX_LOG_LEVEL", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        settings = Settings.from_environment(given.port)
    except ValueError as error:
        sys.exit(f"sandbox.stripe: {error}")
    if not is_free(given.host, given.port):
        sys.exit(f"sandbox.stripe: {given.host}:{given.port} is taken.")
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(settings, given.host, given.port))
        except FatalError as error:
            sys.exit(f"sandbox.stripe: {error}")


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there; the server itself would share the port without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until a signal says stop."""
    server = Server(
        make_app(settings),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


if __name__ == "__main__":
    main()
