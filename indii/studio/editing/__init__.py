"""Editing: one recording is described, priced, watched and published."""
