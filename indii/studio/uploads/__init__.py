"""Uploads: files become drafts."""
