"""Backoffice: what the machinery is doing, what failed, what the outside world told us."""
