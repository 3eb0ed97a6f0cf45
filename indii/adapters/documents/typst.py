"""PDF by typst, in a process of its own: a template that never ends can be stopped."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from indii.ports.errors import DocumentError

PROGRAM: Final = Path(__file__).with_name("typesetter.py")
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
SECONDS: Final = 20
MAX_BYTES: Final = 1_000_000
FAILED: Final = 3


class TypstDocuments:
    """Sets the `<name>.typ` templates of the given folders; a template sees only its own folder."""

    def __init__(self, folders: Iterable[Path], *, seconds: int = SECONDS) -> None:
        self._templates = {
            file.stem: file.resolve() for folder in folders for file in sorted(folder.glob("*.typ"))
        }
        self._seconds = seconds

    def pdf(
        self, template: str, data: Mapping[str, Any], *, made_at: datetime, code: str = ""
    ) -> bytes:
        """Return the PDF; data only ever travels as JSON."""
        file = self._templates.get(template) if NAME.fullmatch(template) else None
        if file is None:
            raise DocumentError(f"There is no template called {template!r}.", retryable=False)
        return self._set(file, data, made_at=made_at, code=code)

    def check(self) -> None:
        """Set a page of one line."""
        probe = PROGRAM.with_name("probe.typ")
        made = self._set(probe, {"text": "Ä"}, made_at=datetime(2026, 1, 1, tzinfo=UTC), code="")
        if not made.startswith(b"%PDF-"):
            raise DocumentError("The typesetter did not make a PDF.", retryable=False)

    def _set(self, file: Path, data: Mapping[str, Any], *, made_at: datetime, code: str) -> bytes:
        asked = json.dumps({
            "template": str(file), "root": str(file.parent), "data": data,
            "at": int(made_at.timestamp()), "codes": modules(code), "seconds": self._seconds,
        })  # fmt: skip
        if len(asked) > MAX_BYTES:
            raise DocumentError("This is too much for one document.", retryable=False)
        try:
            done = subprocess.run(
                # Isolated: neither the environment nor the working folder can change what is set.
                [sys.executable, "-I", str(PROGRAM)],
                input=asked.encode(),
                capture_output=True,
                timeout=self._seconds,
                check=False,
                env={},
            )
        except subprocess.TimeoutExpired as error:
            raise DocumentError("Setting the document took too long.") from error
        except OSError as error:
            raise DocumentError(f"The typesetter did not start: {error.strerror}") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")[-500:]
            # A killed typesetter may do better on a calmer machine; a template's error stays.
            raise DocumentError(
                f"The document {file.stem!r} could not be set: {said}",
                retryable=done.returncode != FAILED,
            )
        return done.stdout


def modules(code: str) -> Sequence[str]:
    """Return the QR code of an address, a row of 0 and 1 each; none where segno is missing."""
    if not code:
        return ()
    try:
        segno: Any = import_module("segno")
    except ImportError:
        return ()
    made = segno.make(code, micro=False, error="m", boost_error=False)
    return ["".join(str(bit) for bit in row) for row in made.matrix]
