"""plain names for stored events, kinds of work, and mail"""

from sqlalchemy import text

from alembic import op

revision = "c27d5f80a4e1"
down_revision = "4be0c6a91d37"
branch_labels = None
depends_on = None

EVENTS = {"PaidInVain": "UndeliverablePaid", "RefundNews": "RefundUpdated"}
JOBS = {
    "order_letters": "order_emails",
    "refund_letters": "refund_emails",
    "refund_news": "reconcile_refunds",
    "close_rivals": "close_competing_checkouts",
    "learn_words": "index_words",
}
# A receipt keeps a handler from taking an event again that failed in another handler.
HANDLERS = {
    "workers.store.write_to_everybody": "workers.store.request_order_emails",
    "workers.trust.give_back": "workers.trust.refund_undeliverable_lines",
    "workers.trust.look_for_early_refunds": "workers.trust.reconcile_early_refunds",
    "workers.trust.look_at_refunds": "workers.trust.reconcile_order_refunds",
    "workers.trust.write_to_both": "workers.trust.request_refund_emails",
    "workers.trust.write_of_failure": "workers.trust.request_failure_mails",
    "workers.discovery.listen_to_new_master": "workers.discovery.embed_new_master",
    "workers.discovery.learn_new_words": "workers.discovery.index_new_words",
    "workers.discovery.forget_old_words": "workers.discovery.remove_old_words",
    "workers.catalog.make_previews_again": "workers.catalog.remake_previews",
    "workers.catalog.search_by_new_name": "workers.catalog.reindex_renamed",
}


def _rename(table: str, column: str, names: dict[str, str]) -> None:
    statement = text(f'UPDATE "{table}" SET {column} = :new WHERE {column} = :old')
    for old, new in names.items():
        op.execute(statement.bindparams(old=old, new=new))


def _swapped(names: dict[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def upgrade() -> None:
    _rename("outbox_event", "name", EVENTS)
    _rename("inbox_receipt", "handler", HANDLERS)
    _rename("job", "kind", JOBS)
    _rename("job", "queue", {"ear": "embedding"})
    op.execute(
        "UPDATE job SET payload = payload - 'letter_id'"
        " || jsonb_build_object('email_id', payload->'letter_id') WHERE payload ? 'letter_id'"
    )
    op.rename_table("queued_letter", "queued_email")
    op.execute("ALTER INDEX ix_queued_letter_created RENAME TO ix_queued_email_created")
    op.execute("ALTER INDEX pk_queued_letter RENAME TO pk_queued_email")
    op.alter_column("order", "letters_at", new_column_name="emailed_at")
    op.alter_column("refund", "letters_at", new_column_name="emailed_at")
    op.alter_column("refund", "failure_letters_at", new_column_name="failure_emailed_at")
    op.alter_column("guest_pass", "is_letter", new_column_name="is_email_link")


def downgrade() -> None:
    op.alter_column("guest_pass", "is_email_link", new_column_name="is_letter")
    op.alter_column("refund", "failure_emailed_at", new_column_name="failure_letters_at")
    op.alter_column("refund", "emailed_at", new_column_name="letters_at")
    op.alter_column("order", "emailed_at", new_column_name="letters_at")
    op.execute("ALTER INDEX pk_queued_email RENAME TO pk_queued_letter")
    op.execute("ALTER INDEX ix_queued_email_created RENAME TO ix_queued_letter_created")
    op.rename_table("queued_email", "queued_letter")
    op.execute(
        "UPDATE job SET payload = payload - 'email_id'"
        " || jsonb_build_object('letter_id', payload->'email_id') WHERE payload ? 'email_id'"
    )
    _rename("job", "queue", {"embedding": "ear"})
    _rename("job", "kind", _swapped(JOBS))
    _rename("inbox_receipt", "handler", _swapped(HANDLERS))
    _rename("outbox_event", "name", _swapped(EVENTS))
