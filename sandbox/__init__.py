"""A local stand-in for payment networks, a root package of its own. Empty until money arrives.

Imports nothing of the house and is never imported by it.
"""
