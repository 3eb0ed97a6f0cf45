"""What the export left on disk: pages, inline scripts to allow, the origin that was baked in."""

import base64
import hashlib
import re
from functools import cached_property
from pathlib import Path

from indii.shell.inline_scripts import INLINE_SCRIPTS, START

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
PRELOAD = re.compile(r'<link rel="modulepreload" href="([^"]+)"[^>]*>')
MODULE = re.compile(r'<script type="module"[^>]*>(.*?)</script>', re.DOTALL)
BAKED = re.compile(r"""(["'`])(ws|http)://localhost:\d+(/[^"'`]*)?\1""")


class BuiltSite:
    """Reads the exported client folder once."""

    def __init__(self, client: Path, *, any_host: bool) -> None:
        self._client = client
        self.any_host = any_host
        self._pages = {
            "/" + str(file.relative_to(client).with_suffix("")): f"/{file.relative_to(client)}"
            for file in client.rglob("*.html")
        }
        self._env = {
            f"/{file.relative_to(client)}": _address_free(file.read_text())
            for file in (client / "assets").glob("*env-*.js")
        }

    def page_file(self, path: str) -> str | None:
        """Return the file behind a static page's address, so that no slash redirect is needed."""
        return None if path == "/" else self._pages.get(path)

    def html(self, name: str) -> str:
        """Return an exported page, such as `explore` or `__spa-fallback`."""
        return self._html[name]

    def starting_later(self, name: str) -> str:
        """Return an exported page whose scripts begin after its first frame."""
        return self._later[name]

    @cached_property
    def _later(self) -> dict[str, str]:
        return {name: _put_off(document) for name, document in self._html.items()}

    @cached_property
    def _html(self) -> dict[str, str]:
        return {
            path.lstrip("/"): (self._client / file.lstrip("/")).read_text()
            for path, file in self._pages.items()
        }

    def is_env(self, path: str) -> bool:
        """Whether this is the small asset that names the server's origin."""
        return path in self._env

    def env_script(self, path: str) -> str | None:
        """Return the env asset with the baked origin replaced by the page's own."""
        return self._env.get(path)

    @cached_property
    def csp(self) -> str:
        """The content security policy: our own files and the inline scripts of the export."""
        hashes = {
            base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            for document in self._html.values()
            for script in (*INLINE_SCRIPT.findall(document), *INLINE_SCRIPTS)
        }
        scripts = " ".join(f"'sha256-{h}'" for h in sorted(hashes))
        return "; ".join((
            "default-src 'self'",
            f"script-src 'self' {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "font-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ))  # fmt: skip


def _put_off(document: str) -> str:
    """Return the document with its module script, and what that would load, told to wait.

    So the page can be read before a line of script has run.
    """
    module = MODULE.search(document)
    if module is None:
        return document
    preload = " ".join(PRELOAD.findall(document))
    later = (
        f'<script type="text/plain" id="later" data-preload="{preload}">{module[1]}</script>'
        f"<script>{START}</script>"
    )
    return PRELOAD.sub("", document.replace(module[0], later, 1))


def _address_free(script: str) -> str:
    """Return the script with each baked address made of the page's own origin.

    One export then serves on any port and host; during prerendering there is no location.
    """

    def of_the_page(match: re.Match[str]) -> str:
        origin = 'globalThis.location?.origin??"http://localhost"'
        scheme = '.replace(/^http/,"ws")' if match.group(2) == "ws" else ""
        return f"(({origin}){scheme}+{match.group(3) or ''!r})"

    return BAKED.sub(of_the_page, script)
