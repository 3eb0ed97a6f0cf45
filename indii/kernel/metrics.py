"""Series that operators watch; `indii_` first, labels few and bounded."""

import os
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

CALL_SECONDS = Histogram(
    "indii_call_seconds",
    "Queries, commands and flows",
    ["kind", "name", "outcome"],
    buckets=_SECONDS,
)
HTTP_SECONDS = Histogram(
    "indii_http_seconds", "HTTP requests", ["route", "method", "status"], buckets=_SECONDS
)
EVENT_SECONDS = Histogram(
    "indii_event_seconds", "Events handled over the socket", ["handler"], buckets=_SECONDS
)
SOCKET_EVENTS = Counter(
    "indii_socket_events_total", "Events that tabs sent or caused, the framework's own too"
)
JOB_SECONDS = Histogram(
    "indii_job_seconds",
    "Jobs by kind and outcome",
    ["kind", "outcome"],
    buckets=(*_SECONDS, 30, 60, 180),
)
JOBS = Gauge("indii_jobs", "Jobs not done", ["kind", "state"], multiprocess_mode="mostrecent")
JOB_AGE = Gauge(
    "indii_job_oldest_seconds",
    "Age of the oldest job not done",
    ["kind", "state"],
    multiprocess_mode="mostrecent",
)
OUTBOX_WAITING = Gauge(
    "indii_outbox_waiting",
    "Events that have not reached all their handlers",
    multiprocess_mode="mostrecent",
)
EMBEDDING_BACKLOG = Gauge(
    "indii_embedding_backlog",
    "Recordings without a vector",
    ["model"],
    multiprocess_mode="mostrecent",
)
MAIL = Counter("indii_mail_total", "E-mails by outcome", ["outcome"])
MAIL_WAITING = Gauge("indii_mail_waiting", "E-mails not sent", multiprocess_mode="mostrecent")
INBOX = Gauge(
    "indii_inbox",
    "Inbound events that are waiting, failed (dead) or unhandled (not_handled)",
    ["state"],
    multiprocess_mode="mostrecent",
)


def exposition() -> bytes:
    """Return every process's series in Prometheus text format."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder and Path(folder).is_dir():
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
