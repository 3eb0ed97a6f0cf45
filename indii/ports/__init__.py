"""Owns the shape of the outside world in our own nouns: protocols, value types, errors.

Must never know a vendor, a table or a page.
"""
