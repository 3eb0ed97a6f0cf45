"""Flows of moderation: commands, with what the installation says about itself in the letters."""

from indii.identity.accounts.rules import Site
from indii.identity.profiles import flows as profiles
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from indii.trust.moderation import commands
from indii.trust.moderation.rules import subject


def _site(rt: Runtime) -> Site:
    return Site(rt.site.public_url, rt.site.name, rt.site.contact)


def take_down_recording(rt: Runtime, actor: Actor, *, recording_id: str, reason: str) -> None:
    """Stop page, stream and search at once and tell the producer why.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: nothing is said, or it is not up.
    """
    with rt.write(actor) as ctx:
        commands.take_down(ctx, recording_id=subject(recording_id), reason=reason, site=_site(rt))


def restore_recording(rt: Runtime, actor: Actor, *, recording_id: str) -> None:
    """Undo a takedown and tell the producer.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it is not taken down.
    """
    with rt.write(actor) as ctx:
        commands.restore(ctx, recording_id=subject(recording_id), site=_site(rt))


def blank_profile(rt: Runtime, actor: Actor, *, profile_id: str, reason: str) -> None:
    """Remove text and picture of a profile and tell its owner why.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: nothing is said.
    """
    with rt.write(actor) as ctx:
        picture = commands.blank_profile(
            ctx, profile_id=subject(profile_id), reason=reason, site=_site(rt)
        )
    profiles.delete_picture(rt, actor, picture=picture)
