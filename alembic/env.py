"""How migrations run: offline never, online always, with a short lock time-out."""

from sqlalchemy import create_engine, text

from alembic import context
from indii.kernel.db import driver_url
from indii.settings import settings
from indii.tables import metadata

target = metadata()


def run() -> None:
    url = context.config.attributes.get("url") or settings().database()
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        # A migration that cannot get its lock fails at once instead of queueing the whole site.
        connection.execute(text("SET lock_timeout = '5s'"))
        # Two starters at once: the second waits and finds nothing to do.
        connection.execute(text("SELECT pg_advisory_lock(7310202611)"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=target,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
