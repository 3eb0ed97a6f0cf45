"""Celery tasks and event handlers, one module a room: each wakes one command or flow."""
