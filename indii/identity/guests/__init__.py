"""Guests: people without an account, known by an e-mail that they could open."""
