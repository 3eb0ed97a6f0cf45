"""Uploads: files on their way in over tus, checked by content, then attached."""
