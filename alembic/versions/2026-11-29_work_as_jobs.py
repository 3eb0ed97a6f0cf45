"""events of both directions become jobs; nothing that waited is lost"""

import sqlalchemy as sa
import sqlmodel
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "8d1f6c2e5b70"
down_revision = "e3a7b1c58f60"
branch_labels = None
depends_on = None

# The handlers of the release before, as their receipts name them, and the jobs that do their work
# from now on. An event that some of them have taken is given to the others alone.
HANDLERS = {
    "MasterStored": {
        "workers.catalog.digest_new_master": ["catalog.digest_new_master"],
        "workers.discovery.embed_new_master": ["discovery.embed_new_master"],
    },
    "VoiceTagChanged": {"workers.catalog.remake_previews": ["catalog.remake_previews"]},
    "ProfileRenamed": {"workers.catalog.reindex_renamed": ["catalog.reindex_renamed"]},
    "AccountClosed": {
        "workers.catalog.withdraw_with_account": ["catalog.withdraw_with_account"],
        "workers.community.forget_likes_of_account": ["community.forget_likes_of_account"],
    },
    "RecordingPublished": {"workers.discovery.index_new_words": ["discovery.index_new_words"]},
    "RecordingHidden": {"workers.discovery.remove_old_words": ["discovery.remove_old_words"]},
    "OrderPaid": {
        "workers.store.empty_cart": ["store.empty_cart"],
        "workers.store.request_order_emails": ["store.write_receipt", "store.tell_sellers"],
        "workers.trust.reconcile_early_refunds": ["trust.find_early_refunds"],
    },
    "ExclusiveSold": {"workers.store.end_other_checkouts": ["store.end_checkouts_of_sold"]},
    "UndeliverablePaid": {
        "workers.trust.refund_undeliverable_lines": ["trust.refund_undeliverable_lines"],
    },
    # Heard directly from now on; its only handler asked for the work that stands here.
    "RefundUpdated": {"workers.trust.reconcile_order_refunds": ["trust.find_early_refunds"]},
    "RefundSettled": {"workers.trust.request_refund_emails": ["trust.tell_of_refund"]},
    "RefundFailed": {"workers.trust.request_failure_mails": ["trust.tell_of_failure"]},
}
# Jobs that only wrote e-mails: the handlers that do it now, and what their event calls the key,
# and where they are written already.
EMAILS = {
    "order_emails": (
        ["store.write_receipt", "store.tell_sellers"],
        "order_id",
        'SELECT id FROM "order" WHERE emailed_at IS NOT NULL',
    ),
    "refund_emails": (
        ["trust.tell_of_refund"],
        "refund_id",
        "SELECT id FROM refund WHERE emailed_at IS NOT NULL",
    ),
    "refund_failures": (
        ["trust.tell_of_failure"],
        "refund_id",
        "SELECT id FROM refund WHERE failure_emailed_at IS NOT NULL",
    ),
}

JOB = """
    INSERT INTO job (id, kind, key, queue, priority, payload, state, progress, tries, last_error,
                     run_at, created_at, finished_at)
"""
# How an event of the release before stands as a job: waiting, or given up with the reason.
OF_EVENT = """
    CASE WHEN e.dead_at IS NULL THEN 'queued' ELSE 'dead' END, 0, e.tries, e.last_error,
    now(), e.created_at, e.dead_at
"""


def upgrade() -> None:
    _jobs()
    _outbox()
    _inbox()
    _emails()
    op.drop_column("order", "emailed_at")
    op.drop_column("refund", "failure_emailed_at")


def _jobs() -> None:
    op.drop_index("uq_job_open", table_name="job")
    for state in ("queued", "running"):
        op.create_index(
            f"uq_job_{state}",
            "job",
            ["kind", "key"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.create_index(
        "ix_job_finished", "job", ["finished_at"], postgresql_where=sa.text("state = 'done'")
    )
    op.execute("UPDATE job SET kind = 'close_checkouts' WHERE kind = 'close_competing_checkouts'")
    # Every news of a refund was work of its own; now it is work on the order, and once is enough.
    op.execute(
        "DELETE FROM job a USING job b"
        " WHERE a.kind = 'reconcile_refunds' AND b.kind = 'reconcile_refunds'"
        " AND a.state IN ('queued', 'running') AND b.state IN ('queued', 'running')"
        " AND a.payload = b.payload AND a.id > b.id"
    )
    op.execute("UPDATE job SET key = payload ->> 'order' WHERE kind = 'reconcile_refunds'")


def _outbox() -> None:
    waiting = "e.delivered_at IS NULL"
    for name, handlers in HANDLERS.items():
        for handler, kinds in handlers.items():
            for kind in kinds:
                op.execute(
                    f"{JOB} SELECT uuidv7(), '{kind}', e.id::text, 'events', 2, e.payload,"
                    f" {OF_EVENT} FROM outbox_event e WHERE {waiting} AND e.name = '{name}'"
                    " AND EXISTS (SELECT 1 FROM inbox_receipt r WHERE r.event_id = e.id)"
                    " AND NOT EXISTS (SELECT 1 FROM inbox_receipt r WHERE r.event_id = e.id"
                    f" AND r.handler = '{handler}')"
                )
    known = ", ".join(f"'{name}'" for name in HANDLERS if name != "RefundUpdated")
    op.execute(
        f"{JOB} SELECT uuidv7(), 'trust.find_early_refunds', e.id::text, 'events', 2, e.payload,"
        f" {OF_EVENT} FROM outbox_event e WHERE {waiting} AND e.name = 'RefundUpdated'"
        " AND NOT EXISTS (SELECT 1 FROM inbox_receipt r WHERE r.event_id = e.id)"
    )
    # What nobody has taken yet goes its whole way, that of a name nobody knows included.
    op.execute(
        f"{JOB} SELECT uuidv7(), 'dispatch_event', e.id::text, 'events', 1,"
        f" jsonb_build_object('event', e.name, 'data', e.payload), {OF_EVENT}"
        f" FROM outbox_event e WHERE {waiting} AND e.name <> 'RefundUpdated'"
        f" AND (e.name NOT IN ({known})"
        " OR NOT EXISTS (SELECT 1 FROM inbox_receipt r WHERE r.event_id = e.id))"
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION media_file_master_stored() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO job (id, kind, key, queue, priority, payload, state, progress, tries,
                           last_error, run_at, created_at)
          VALUES (
            uuidv7(), 'dispatch_event', uuidv7()::text, 'events', 1,
            jsonb_build_object(
              'event', 'MasterStored',
              'data', jsonb_build_object('recording_id', NEW.recording_id, 'file_id', NEW.id)
            ),
            'queued', 0, 0, '', now(), now()
          );
          RETURN NULL;
        END $$
        """
    )
    op.drop_table("inbox_receipt")
    op.drop_table("outbox_event")


def _inbox() -> None:
    op.execute(
        f"{JOB} SELECT uuidv7(), 'process_inbound', e.id::text, 'inbound', 0,"
        " jsonb_build_object('kind', e.kind) || e.payload - 'news',"
        " CASE WHEN e.state = 'waiting' THEN 'queued' ELSE 'dead' END, 0, e.tries, e.last_error,"
        " now(), e.received_at, CASE WHEN e.state = 'dead' THEN e.due_at END"
        " FROM inbound_event e WHERE e.state IN ('waiting', 'dead')"
    )
    op.alter_column("inbound_event", "state", type_=sa.String(12))
    op.execute(
        "UPDATE inbound_event SET state = CASE"
        " WHEN state = 'dead' THEN 'waiting'"
        " WHEN state = 'done' AND payload ->> 'news' = 'other' THEN 'not_handled'"
        " ELSE state END, payload = payload - 'news'"
    )
    op.drop_index("ix_inbound_event_waiting", table_name="inbound_event")
    op.create_index(
        "ix_inbound_event_open", "inbound_event", ["state"],
        postgresql_where=sa.text("state <> 'done'"),
    )  # fmt: skip
    for column in ("due_at", "tries", "last_error"):
        op.drop_column("inbound_event", column)


def _emails() -> None:
    for old, (kinds, name, written) in EMAILS.items():
        for kind in kinds:
            # Work in somebody's hands at this moment is begun anew: it writes all or nothing.
            op.execute(
                f"{JOB} SELECT uuidv7(), '{kind}', j.key, 'events', 2,"
                f" jsonb_build_object('{name}', j.key),"
                " CASE WHEN j.state = 'dead' THEN 'dead' ELSE 'queued' END, 0, j.tries,"
                " j.last_error, now(), j.created_at, j.finished_at"
                f" FROM job j WHERE j.kind = '{old}' AND j.state <> 'done'"
                f" AND j.key::uuid NOT IN ({written})"
            )
        op.execute(f"DELETE FROM job WHERE kind = '{old}'")


def downgrade() -> None:
    op.add_column(
        "refund",
        sa.Column("failure_emailed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.add_column(
        "order", sa.Column("emailed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    # What was written before is not written again.
    op.execute('UPDATE "order" SET emailed_at = paid_at')
    op.execute("UPDATE refund SET failure_emailed_at = ended_at WHERE state = 'failed'")
    _outbox_before()
    _inbox_before()
    op.drop_index("ix_job_finished", table_name="job")
    for state in ("running", "queued"):
        op.drop_index(f"uq_job_{state}", table_name="job")
    op.execute(
        "DELETE FROM job a USING job b WHERE a.kind = b.kind AND a.key = b.key"
        " AND a.state = 'queued' AND b.state = 'running'"
    )
    op.execute("UPDATE job SET kind = 'close_competing_checkouts' WHERE kind = 'close_checkouts'")
    op.execute(
        "UPDATE job SET payload = jsonb_build_object('order', key) WHERE kind = 'reconcile_refunds'"
    )
    op.create_index(
        "uq_job_open",
        "job",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _outbox_before() -> None:
    now = sa.text("now()")
    time = sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", time, server_default=now, nullable=False),
        sa.Column("due_at", time, server_default=now, nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("delivered_at", time, nullable=True),
        sa.Column("dead_at", time, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    op.create_index(
        "ix_outbox_event_waiting",
        "outbox_event",
        ["due_at"],
        postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "inbox_receipt",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.String(120), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox_receipt")),
    )
    event = "INSERT INTO outbox_event (id, name, payload, created_at, tries, last_error, dead_at)"
    as_before = "j.tries, j.last_error, CASE WHEN j.state = 'dead' THEN j.finished_at END"
    op.execute(
        f"{event} SELECT gen_random_uuid(), j.payload ->> 'event', j.payload -> 'data',"
        f" j.created_at, {as_before} FROM job j WHERE j.kind = 'dispatch_event'"
        " AND j.state <> 'done'"
    )
    # Handlers bear being told twice, so one that waits brings its whole event back.
    for name, handlers in HANDLERS.items():
        for kinds in handlers.values():
            for kind in kinds[:1] if name != "RefundUpdated" else ():
                op.execute(
                    f"{event} SELECT gen_random_uuid(), '{name}', j.payload, j.created_at,"
                    f" {as_before} FROM job j WHERE j.kind = '{kind}' AND j.state <> 'done'"
                )
    op.execute("DELETE FROM job WHERE queue = 'events'")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION media_file_master_stored() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO outbox_event (name, payload)
          VALUES (
            'MasterStored',
            jsonb_build_object('recording_id', NEW.recording_id, 'file_id', NEW.id)
          );
          RETURN NULL;
        END $$
        """
    )


def _inbox_before() -> None:
    op.add_column(
        "inbound_event",
        sa.Column(
            "due_at", sqlmodel.sql.sqltypes.UTCDateTime(), server_default=sa.text("now()"),
            nullable=False,
        ),
    )  # fmt: skip
    op.add_column(
        "inbound_event", sa.Column("tries", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "inbound_event", sa.Column("last_error", sa.String(), server_default="", nullable=False)
    )
    for column in ("due_at", "tries", "last_error"):
        op.alter_column("inbound_event", column, server_default=None)
    op.execute(
        "UPDATE inbound_event e SET state = 'dead', tries = j.tries, last_error = j.last_error"
        " FROM job j WHERE j.kind = 'process_inbound' AND j.key = e.id::text"
        " AND j.state = 'dead' AND e.state = 'waiting'"
    )
    op.execute("UPDATE inbound_event SET state = 'done' WHERE state = 'not_handled'")
    op.execute(
        """
        UPDATE inbound_event SET payload = payload || jsonb_build_object('news', CASE
            WHEN kind LIKE 'checkout.session.%' THEN 'checkout'
            WHEN kind LIKE 'refund.%' THEN 'refund'
            WHEN kind = 'charge.updated' THEN 'fee' ELSE 'other' END)
        """
    )
    op.execute("DELETE FROM job WHERE queue = 'inbound'")
    op.drop_index("ix_inbound_event_open", table_name="inbound_event")
    op.create_index(
        "ix_inbound_event_waiting",
        "inbound_event",
        ["due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.alter_column("inbound_event", "state", type_=sa.String(10))
