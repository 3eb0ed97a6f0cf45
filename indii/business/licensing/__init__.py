"""Licensing: the typed terms that each license tier grants."""
