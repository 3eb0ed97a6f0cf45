"""Indii: an open-source, self-hostable home for independent music."""

__version__ = "0.1.0"
