"""From what was bought to its bytes, and to the e-mail that opens it."""

from uuid import UUID

from indii.catalog.access.commands import record_attempt
from indii.catalog.access.rules import BOUGHT_LINK_S
from indii.identity.accounts.rules import clean_email
from indii.identity.guests.commands import issue_link
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.mail_queue import queue_email
from indii.kernel.runtime import Runtime
from indii.store.downloads import commands, queries
from indii.store.downloads.errors import FileUnavailable

LINKS_PER_HOUR = 5


def file_link(rt: Runtime, actor: Actor, *, permission_id: UUID) -> str:
    """Return a short-lived address of a bought file, and note that it was asked for.

    Raises:
        OrderNotFound: unknown, or somebody else's.
        FileUnavailable: refunded, or still being made.
    """
    with rt.read(actor) as ctx:
        found = queries.bought_source(ctx, permission_id)
    outcome = "revoked" if found.is_revoked else "given" if found.file else "unmade"
    with rt.write(actor) as ctx:
        record_attempt(ctx, permission_id=permission_id, outcome=outcome)
    if found.is_revoked:
        raise FileUnavailable("This was refunded, so its files are no longer available.")
    if found.file is None:
        raise FileUnavailable("This file is still being prepared. Try again in a minute.")
    return rt.storage.url(
        found.file.storage_key,
        expires_s=BOUGHT_LINK_S,
        filename=found.file.filename,
        content_type=found.file.content_type,
    )


def send_link(rt: Runtime, actor: Actor, *, email: str) -> None:
    """Mail a link to what was bought with this address; says the same if nothing was.

    Raises:
        EmailMalformed: this cannot be an address.
        TooManyAttempts: slow down.
    """
    address = clean_email(email)
    rt.limiter.hit(f"downloads-link:{address}", limit=LINKS_PER_HOUR, per_s=3600)
    rt.limiter.hit(f"downloads-link-from:{actor.network}", limit=20, per_s=3600)
    with rt.write(SYSTEM) as ctx:
        if queries.has_orders(ctx.reading, address):
            token = issue_link(ctx, email=address)
            link = f"{rt.site.public_url}/downloads/open?token={token}"
            queue_email(ctx, to=address, template=commands.TEMPLATES / "link", link=link)
