"""Moderation: the queue of reports and what is decided about them."""
