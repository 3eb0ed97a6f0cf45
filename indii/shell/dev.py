"""The mailbox of a developer's machine: emails that left, or would have. Absent in production."""

import html
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from indii.kernel import edge, mail_queue
from indii.kernel.context import ReadCtx
from indii.kernel.errors import NotFound
from indii.kernel.format import ago
from indii.kernel.mail_queue import QueuedEmail

_PAGE = """<!doctype html>
<html lang="en" class="dark"><head><meta charset="utf-8"><title>{title} · Mailbox · Indii</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/external/indii.css">
<style>
body{{background:var(--ink);color:var(--text);font-family:var(--sans,system-ui),sans-serif}}
main{{max-width:760px;margin:0 auto;padding:32px 20px 64px}}
h1{{font-size:28px;letter-spacing:-.02em;margin:0 0 4px}} p.sub{{margin:0 0 24px}}
ul{{list-style:none;margin:0;padding:0;border-top:1px solid var(--line)}}
li a{{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 16px;padding:14px 4px;
border-bottom:1px solid var(--line);color:inherit;text-decoration:none}}
li a:hover b{{color:var(--signal)}} li span,li time{{color:var(--muted);font-size:14px}}
iframe{{width:100%;height:560px;border:1px solid var(--line);border-radius:14px;background:#f6f3ec}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);border-radius:14px;
padding:20px;background:var(--surface);font:14px/1.6 var(--mono,ui-monospace),monospace}}
pre a,.back{{color:var(--signal)}} h2{{font-size:16px;margin:24px 0 8px}}
</style></head><body><main>{body}</main></body></html>"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A email as the mailbox shows it."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    state: str
    when: str


def _shown(email: QueuedEmail, ctx: ReadCtx) -> Shown:
    return Shown(
        id=str(email.id),
        to=email.to,
        subject=email.subject,
        text=email.text,
        html=email.html,
        state=email.state,
        when=ago(email.created_at, ctx.now),
    )


def emails(ctx: ReadCtx) -> list[Shown]:
    """Return the newest emails."""
    return [_shown(email, ctx) for email in mail_queue.newest(ctx.db)]


def email(ctx: ReadCtx, email_id: UUID) -> Shown:
    """Return one email.

    Raises:
        NotFound: there is none with this id.
    """
    found = ctx.db.get(QueuedEmail, email_id)
    if found is None:
        raise NotFound("There is no such e-mail.")
    return _shown(found, ctx)


def _check_development() -> None:
    """Pass on a developer's machine.

    Raises:
        NotFound: in production, where emails are nobody's to read.
    """
    if edge.runtime().site.environment == "production":
        raise NotFound("There is no such page.")


async def mailbox(_request: Request) -> Response:
    """List the newest emails."""
    _check_development()
    found = await edge.fetch(emails)
    items = "".join(
        f'<li><a href="/dev/mailbox/{one.id}"><b>{html.escape(one.subject)}</b>'
        f"<time>{one.when}</time><span>to {html.escape(one.to)}</span>"
        f"<span>{html.escape(one.state)}</span></a></li>"
        for one in found
    )
    listed = f"<ul>{items}</ul>" if items else "<p>No e-mails yet.</p>"
    intro = '<h1>Mailbox</h1><p class="sub">E-mails from this installation, newest first.</p>'
    return HTMLResponse(
        _PAGE.format(title="E-mails", body=intro + listed), headers={"cache-control": "no-store"}
    )


def _linked(line: str) -> str:
    if line.startswith(("http://", "https://")):
        address = html.escape(line)
        return f'<a href="{address}">{address}</a>'
    return html.escape(line)


async def one_letter(request: Request) -> Response:
    """Show one email: its words with links to follow, and how the HTML looks."""
    _check_development()
    found = await edge.fetch(email, request.path_params["email_id"])
    text = "\n".join(_linked(line) for line in found.text.splitlines())
    # The sandbox keeps the email's markup from acting on this page; its links leave the frame.
    base = '<base target="_top">'
    body = (
        f'<p><a class="back" href="/dev/mailbox">All e-mails</a></p>'
        f"<h1>{html.escape(found.subject)}</h1>"
        f'<p class="sub">to {html.escape(found.to)}, {found.when}</p><pre>{text}</pre>'
        f'<h2>As HTML</h2><iframe sandbox="allow-popups allow-top-navigation-by-user-activation"'
        f' title="The e-mail as HTML" srcdoc="{html.escape(base + found.html)}"></iframe>'
    )
    page = _PAGE.format(title=html.escape(found.subject), body=body)
    return HTMLResponse(page, headers={"cache-control": "no-store"})


routes = [
    Route("/dev/mailbox", mailbox),
    Route("/dev/mailbox/{email_id:uuid}", one_letter),
]
