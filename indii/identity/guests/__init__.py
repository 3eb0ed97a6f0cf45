"""Guests: people without an account, known by a letter that they could open."""
