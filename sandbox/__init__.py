"""Local stand-ins for payment networks, a root package of its own; each is a process of its own.

Imports nothing of the house and is never imported by it.
"""
