"""Owns what every room needs and nobody sells: transactions, events, jobs, clock, words for errors.

Must never know Reflex, a vendor or any business meaning.
"""
