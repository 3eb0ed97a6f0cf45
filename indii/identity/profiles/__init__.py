"""Profiles: the public face of an account: slug, name, bio, avatar.

Must never know e-mail addresses, passwords or roles.
"""
