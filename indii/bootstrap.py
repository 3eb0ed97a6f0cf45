"""Settings to adapters to Runtime: the only module that names an adapter.

Whoever has a Runtime can sell every kind of line, because `indii.line_kinds` comes with it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from celery import Celery
from redis import Redis

from indii import line_kinds as line_kinds  # noqa: PLC0414 - registers what orders can sell
from indii.adapters.audio.pyav import PyAvAudio
from indii.adapters.documents.typst import TypstDocuments
from indii.adapters.embeddings.acoustic.model import AcousticModel
from indii.adapters.embeddings.evaluate import Score
from indii.adapters.embeddings.labelled import LabelledSound
from indii.adapters.mail.mailbox import Mailbox
from indii.adapters.mail.smtp import Smtp, SmtpServer
from indii.adapters.payments.none import NoPayments
from indii.adapters.storage.local import LocalStorage
from indii.identity.accounts.queries import make_resolver
from indii.kernel import logging
from indii.kernel.db import make_engine
from indii.kernel.events import EVENTS
from indii.kernel.inbox import INBOUND
from indii.kernel.logging import log
from indii.kernel.ratelimit import RedisRateLimiter
from indii.kernel.runtime import Runtime
from indii.kernel.site import SiteFacts
from indii.ports.boundary import forbid_in_transaction
from indii.ports.documents import Documents
from indii.ports.embeddings import Embeddings
from indii.ports.mail import Mail
from indii.ports.payments import PaymentNetwork
from indii.ports.storage import Storage
from indii.settings import Settings, settings


def make_embeddings() -> AcousticModel:
    """Return the embedding models; the first is the one that pages name."""
    return AcousticModel()


def evaluate_models(
    sounds: Iterable[LabelledSound], *, with_librosa: bool
) -> tuple[Sequence[Score], str]:
    """Return the scores of our model, of librosa where it is installed and of chance.

    The text says why librosa is missing, "" if it is not.
    """
    from indii.adapters.embeddings import evaluate, librosa_model

    candidates: list[Embeddings] = [make_embeddings()]
    absent = ""
    if with_librosa and librosa_model.is_installed():
        candidates.append(librosa_model.LibrosaModel())
    elif with_librosa:
        absent = "librosa is not installed (extra: eval), so it is not compared."
    return evaluate.evaluate(candidates, sounds, edits=evaluate.EDITS), absent


def make_storage(config: Settings) -> Storage:
    """Return the bucket when one is named, else the folder."""
    if config.s3_bucket:
        from indii.adapters.storage.s3 import S3Config, S3Storage

        key, secret = config.s3_access_key_id, config.s3_secret_access_key
        return S3Storage(
            S3Config(
                bucket=config.s3_bucket,
                endpoint_url=config.s3_endpoint_url,
                region=config.s3_region,
                access_key_id=key.get_secret_value() if key else None,
                secret_access_key=secret.get_secret_value() if secret else None,
                cache_dir=config.state_dir / "s3-cache",
            )
        )
    return LocalStorage(
        config.state_dir / "storage",
        secret=config.secret_key.get_secret_value().encode(),
        incoming=config.state_dir / "incoming",
    )


def make_mail(config: Settings) -> Mail:
    """Return SMTP when a host is named, else the mailbox folder."""
    if config.smtp_host:
        password = config.smtp_password
        return Smtp(
            SmtpServer(
                host=config.smtp_host,
                port=config.smtp_port,
                user=config.smtp_user,
                password=password.get_secret_value() if password else "",
                starttls=config.smtp_starttls,
                sender=config.mail_from,
            )
        )
    return Mailbox(config.state_dir / "mail", config.mail_from)


def make_documents() -> Documents:
    """Return what sets PDFs, from the templates of every feature."""
    return TypstDocuments(sorted(Path(__file__).parent.glob("*/*/templates")))


class _Later:
    """An adapter that is made when somebody first needs it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)


def make_payments(config: Settings) -> PaymentNetwork:
    """Return both payment ports: Stripe, real or sandbox, or what says that there is none."""
    key, secret, base_url = config.stripe()
    if not key:
        return NoPayments()

    def stripe() -> object:
        # Its SDK imports every HTTP client that it finds: 200 modules, a fifth of a second.
        # Commands, previews and whatever else moves no money start without.
        from indii.adapters.payments.stripe import StripeConfig, StripePayments

        return StripePayments(StripeConfig(key, tuple(secret.split(",")), base_url))

    return cast("PaymentNetwork", _Later(stripe))


@cache
def waker(broker_url: str) -> Celery:
    """Return a client that can only name tasks; the workers own the code behind the names."""
    client = Celery("indii", broker=broker_url)
    client.conf.update(
        broker_connection_timeout=2,
        broker_transport_options={"socket_timeout": 2, "socket_connect_timeout": 2},
        task_ignore_result=True,
    )
    return client


# Queues that are only an order among jobs: the workers of "default" take them too.
_CARRIERS = {EVENTS: "default", INBOUND: "default"}


def _wake(config: Settings, queues: Iterable[str]) -> None:
    """Tell workers that there is work; a lost word is found by the sweep a moment later."""
    client = waker(config.redis())
    for queue in queues:
        carrier = _CARRIERS.get(queue, queue)
        try:
            client.send_task("indii.work", args=[queue], queue=carrier, retry=False)
        except Exception as error:  # noqa: BLE001 - the broker client raises its own and its driver's
            log.warning("wake_failed", queue=queue, error=type(error).__name__)


def make_runtime(config: Settings | None = None, *, pool_size: int | None = None) -> Runtime:
    """Return the runtime of this process; connects to nothing until it is used."""
    config = config or settings()
    logging.configure(json=config.log_json, level=config.log_level)
    scratch = config.state_dir / "scratch"
    payments = make_payments(config)
    return Runtime(
        engine=make_engine(config.database(), pool_size=pool_size or config.pool_size),
        storage=forbid_in_transaction(make_storage(config)),
        audio=forbid_in_transaction(PyAvAudio(scratch)),
        embeddings=forbid_in_transaction(make_embeddings()),
        mail=forbid_in_transaction(make_mail(config)),
        documents=forbid_in_transaction(make_documents()),
        payments=forbid_in_transaction(payments),
        payment_events=forbid_in_transaction(payments),
        limiter=RedisRateLimiter(Redis.from_url(config.redis(), socket_timeout=1)),
        site=SiteFacts(
            public_url=config.url,
            environment=config.environment,
            state_dir=config.state_dir,
            currency=config.currency,
            contact=config.contact,
            fee_bps=config.platform_fee_bps,
            takes_payments=bool(config.stripe()[0]),
            secret=config.secret_key.get_secret_value().encode(),
        ),
        resolve=make_resolver(config.secret_key.get_secret_value().encode()),
        wake=lambda queues: _wake(config, queues),
    )
