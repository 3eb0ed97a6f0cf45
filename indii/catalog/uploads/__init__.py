"""Intake: files on their way in, part by part, checked by content, then attached."""
