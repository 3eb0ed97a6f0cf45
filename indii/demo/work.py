"""The kind of work that composes demo recordings; apart, so that a worker knows it in a moment."""

from indii.kernel.jobs import JobKind, declare

COMPOSE = declare(JobKind("compose_demo", queue="slow", priority=300, max_tries=3))
