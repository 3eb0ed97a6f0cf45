"""Work of the community."""

from indii.community.likes.commands import forget_likes
from indii.identity.accounts.events import AccountClosed
from indii.kernel.context import WriteCtx
from workers.registry import on


@on(AccountClosed)
def forget_likes_of_account(ctx: WriteCtx, event: AccountClosed) -> None:
    """Delete what a closed account liked."""
    forget_likes(ctx, account_id=event.account_id)
