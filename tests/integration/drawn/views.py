"""What the public pages show: real views of a small catalogue with hostile words in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from indii.identity.profiles.commands import update_profile
from indii.kernel.context import NOBODY, Actor
from indii.kernel.runtime import Runtime
from indii.kernel.ssr import SsrRequest, SsrRoute
from indii.store.licenses import commands as carts
from indii.store.licenses.queries import cart_page
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.factories.licensing import make_grant

HOSTILE = "</p><script>alert(1)</script> & \"Co\" '{{7*7}}'"
TOKEN = "a-token-of-a-guest-with-a-cart"


@dataclass(frozen=True)
class Asked:
    """One address, by whom; slow ones only with INDII_TEST_SLOW."""

    path: str
    query: str = ""
    actor: Actor = NOBODY
    cookies: str = ""
    is_slow: bool = False


class Catalogue:
    """A few recordings, a cart and a license."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self.producer = make_producer(rt)
        with rt.write(self.producer) as ctx:
            update_profile(ctx, name="Ash & <Verell>", slug="ash-verell", bio=HOSTILE)
        self.first = make_recording(
            rt, self.producer, title=f"Cold {HOSTILE}"[:80], tags=("808 & more", "a#b", "c?d=e"),
            credits=HOSTILE, prices={"mp3_lease": 2995, "wav_lease": 4995},
        )  # fmt: skip
        self.bare = make_recording(
            rt, self.producer, title="Saltwater", bpm=None, key=None, tags=(),
            prices={"mp3_lease": 0},
        )  # fmt: skip
        make_recording(
            rt,
            self.producer,
            title="Exclusive",
            genre="house",
            mood="calm",
            prices={"exclusive": 49900},
        )
        self.certificate = make_grant(rt, self.first, licensee_name="<b>Mara</b> & Co")
        self.cart = f"indii_cart={TOKEN}"
        with rt.write(NOBODY) as ctx:
            for recording_id, tier in ((self.first, "wav_lease"), (self.bare, "mp3_lease")):
                carts.add_to_cart(ctx, token=TOKEN, recording_id=recording_id, tier=tier)
            carts.name_licensee(ctx, token=TOKEN, name="Mara <Lind> & Co", alias="M'ARA")
            row = cart_page(ctx.reading, TOKEN).rows[0]
            carts.accept_contract(ctx, token=TOKEN, recording_id=self.first, sha256=row.sha256)

    def asked(self) -> list[Asked]:
        """Return the addresses of all pages."""
        slugs = {row.id: row.slug for row in self._rows()}
        first, bare = (f"/recording/{slugs[str(i)]}" for i in (self.first, self.bare))
        return [
            Asked("/"),
            Asked("/explore"),
            Asked("/explore", "q=zzzzqqq"),
            Asked(first),
            Asked("/producer/ash-verell"),
            Asked(f"/verify/{self.certificate}"),
            Asked("/verify/nothing"),
            Asked("/cart", cookies=self.cart),
            Asked("/downloads"),
            Asked("/sign-in", "next=/cart"),
            Asked("/explore", "q=cold&genre=drill&mood=dark&bpm=130-150&half=1", is_slow=True),
            Asked("/explore", "key=4A&near=1&tier=wav_lease&max=50&sort=price", is_slow=True),
            Asked("/explore", "free=1&sort=popular&q=</p>%26", is_slow=True),
            Asked(bare, is_slow=True),
            Asked(first, actor=self.producer, is_slow=True),
            Asked("/cart", is_slow=True),
            Asked("/cart", "payment=left", cookies=self.cart, is_slow=True),
            Asked("/downloads", actor=self.producer, is_slow=True),
            Asked("/sign-up", "role=producer", is_slow=True),
            Asked("/check-mail", is_slow=True),
            Asked("/forgot", is_slow=True),
            Asked("/reset", is_slow=True),
        ]

    def _rows(self) -> list[Any]:
        from indii.catalog.recordings.queries import rows

        with self.rt.read() as ctx:
            return list(rows(ctx, [self.first, self.bare]))

    def views(
        self, routes: list[SsrRoute], *, all_of_them: bool
    ) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield a name, the route of the page, and what its state holds."""
        for asked in self.asked():
            if asked.is_slow and not all_of_them:
                continue
            for route in routes:
                if found := route.pattern.fullmatch(asked.path):
                    request = SsrRequest(found.groupdict(), QueryParams(asked.query), asked.cookies)
                    with self.rt.read(asked.actor) as ctx:
                        page = route.render(ctx, request)
                    who = "" if asked.actor is NOBODY else " as its producer"
                    yield f"{asked.path}?{asked.query}{who}", route.page, page.state
