"""Pictures of people: taken in by a form, shown to everybody."""

from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from indii.identity.profiles import flows, queries
from indii.identity.profiles.errors import PictureRefused
from indii.identity.profiles.rules import MAX_AVATAR_BYTES
from indii.kernel import edge
from indii.kernel.context import Actor, current_actor
from indii.kernel.errors import IndiiError, SignInNeeded
from indii.kernel.flash import Flash, back_to, refused
from indii.kernel.forms import FormTooLarge, open_form
from indii.kernel.runtime import Runtime

_ENVELOPE_BYTES = 10_000
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_BRIEFLY = {"cache-control": "public, max-age=300"}


async def change_avatar(request: Request) -> Response:
    """Take a picture of at most 5 MB, or take the present one away."""
    try:
        # Before a byte of the body is kept for somebody who may not send any.
        current_actor.get().require_profile()
        await edge.run(flows.change_avatar, data=await _picture(request))
    except SignInNeeded:
        return back_to("/sign-in?next=/account")
    except IndiiError as error:
        return refused("/account", error)
    return back_to("/account", Flash("/account", notice="Your picture is changed.", kind="good"))


async def _picture(request: Request) -> bytes:
    """Return the picture that was sent; nothing if the present one shall go."""
    most = MAX_AVATAR_BYTES + _ENVELOPE_BYTES
    try:
        async with open_form(request, most_bytes=most, most_fields=4, most_files=1) as form:
            if form.get("remove") == "yes":
                return b""
            sent = form.get("avatar")
            data = await sent.read() if isinstance(sent, UploadFile) else b""
    except FormTooLarge as error:
        raise PictureRefused("Use a picture of at most 5 MB.") from error
    if not data:
        raise PictureRefused("Choose a picture first.")
    return data


def _stored(rt: Runtime, actor: Actor, *, profile_id: UUID) -> str:
    with rt.read(actor) as ctx:
        key = queries.avatar_key(ctx, profile_id)
    return str(rt.storage.fetch(key))


async def avatar(request: Request) -> Response:
    """Show the picture of a profile; its address changes with it, so it is kept for good."""
    path = await edge.run(_stored, profile_id=request.path_params["profile_id"])
    headers = _FOREVER if "v" in request.query_params else _BRIEFLY
    return FileResponse(path, media_type="image/webp", headers=headers)


routes = [
    Route("/api/avatar", change_avatar, methods=["POST"]),
    Route("/media/avatar/{profile_id:uuid}", avatar, methods=["GET"]),
]
