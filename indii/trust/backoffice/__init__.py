"""Backoffice: what the machinery is doing, what failed, who did what."""
