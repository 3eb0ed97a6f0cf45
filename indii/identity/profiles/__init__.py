"""Profiles: the public face of an account: slug, name, bio, avatar."""
