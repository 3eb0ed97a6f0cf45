"""Owns what every room needs and nobody sells: transactions, outbox, jobs, clock, words for errors.

Must never know Reflex, a vendor or any business meaning.
"""
