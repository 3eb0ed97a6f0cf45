"""What an author is told at export."""


class NotDrawable(Exception):
    """A page holds something that cannot be written without a browser."""
