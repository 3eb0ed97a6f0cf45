"""What must hold after every test that moves money."""

from sqlalchemy import text

from indii.business.ledger.queries import check_ledger
from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime

# Each finds rows that must not be; the first column says which.
BROKEN = {
    "a paid order that cost something without exactly one sale in the books": """
        SELECT o.number, count(t.id) FROM "order" o
        LEFT JOIN ledger_transaction t ON t.order_id = o.id AND t.kind = 'sale'
            AND t.dedupe_key = 'sale:' || o.id
        WHERE o.paid_at IS NOT NULL AND o.total_minor > 0
        GROUP BY o.number HAVING count(t.id) <> 1""",
    "a paid order that nobody paid": """
        SELECT number FROM "order" WHERE paid_at IS NULL
          AND state IN ('paid', 'partially_refunded')""",
    "a payment set aside that is neither here nor given back": """
        WITH aside AS (
            SELECT t.order_id, max(e.amount_minor) AS came FROM ledger_transaction t
            JOIN ledger_entry e ON e.transaction_id = t.id
            WHERE t.dedupe_key = 'set-aside:' || t.order_id GROUP BY 1)
        SELECT o.number, o.state, a.came FROM "order" o LEFT JOIN aside a ON a.order_id = o.id
        WHERE o.paid_at IS NULL AND o.state IN ('needs_review', 'refunded')
          AND (o.state = 'refunded') <> (coalesce(a.came, 0) <= (
            SELECT coalesce(sum(amount_minor), 0) FROM refund
            WHERE order_id = o.id AND state IN ('pending', 'done')))""",
    "a sale of an order that was not paid, or cost nothing": """
        SELECT t.dedupe_key FROM ledger_transaction t JOIN "order" o ON o.id = t.order_id
        WHERE t.kind = 'sale' AND (o.total_minor = 0
            OR o.state NOT IN ('paid', 'partially_refunded', 'refunded') OR o.paid_at IS NULL)""",
    "a sale whose legs are not the order's lines": """
        WITH legs AS (
            SELECT t.order_id, a.code, a.owner_id, sum(e.amount_minor) AS amount
            FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
            JOIN ledger_account a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND EXISTS (SELECT 1 FROM "order" WHERE id = t.order_id)
            GROUP BY 1, 2, 3
        ), sold AS (
            SELECT o.id AS order_id, l.code, l.owner_id, sum(l.amount) AS amount
            FROM "order" o JOIN order_item i ON i.order_id = o.id CROSS JOIN LATERAL (VALUES
                ('stripe_pending', NULL::uuid, i.price_minor),
                ('platform_fee', NULL, -i.fee_minor),
                ('seller_payable', i.payee_id, i.fee_minor - i.price_minor)
            ) AS l (code, owner_id, amount)
            WHERE o.state IN ('paid', 'partially_refunded', 'refunded') AND o.paid_at IS NOT NULL
            GROUP BY 1, 2, 3 HAVING sum(l.amount) <> 0
        )
        (SELECT * FROM legs EXCEPT SELECT * FROM sold)
        UNION ALL (SELECT * FROM sold EXCEPT SELECT * FROM legs)""",
    "an order whose total is not the sum of its lines": """
        SELECT o.number FROM "order" o JOIN order_item i ON i.order_id = o.id
        GROUP BY o.number, o.total_minor HAVING sum(i.price_minor) <> o.total_minor""",
    "a line without what its kind knows of it": """
        SELECT i.title, i.kind FROM order_item i
        LEFT JOIN license_line l ON l.order_item_id = i.id
        LEFT JOIN tip t ON t.order_item_id = i.id
        WHERE (i.kind = 'license') <> (l.order_item_id IS NOT NULL)
           OR (i.kind = 'tip') <> (t.order_item_id IS NOT NULL)""",
    "an order without lines": """
        SELECT number FROM "order" o
        WHERE NOT EXISTS (SELECT 1 FROM order_item WHERE order_id = o.id)""",
    "a paid order whose allocations and fees are not its total": """
        SELECT o.number FROM "order" o JOIN order_item i ON i.order_id = o.id
        LEFT JOIN (SELECT order_item_id, sum(amount_minor) AS owed FROM allocation GROUP BY 1) a
            ON a.order_item_id = i.id
        WHERE o.state IN ('paid', 'partially_refunded', 'refunded') AND o.paid_at IS NOT NULL
        GROUP BY o.number, o.total_minor
        HAVING sum(coalesce(a.owed, 0) + i.fee_minor) <> o.total_minor""",
    "an allocation of an order that was not paid": """
        SELECT i.title FROM allocation a JOIN order_item i ON i.id = a.order_item_id
        JOIN "order" o ON o.id = i.order_id
        WHERE o.state NOT IN ('paid', 'partially_refunded', 'refunded')
           OR o.paid_at IS NULL""",
    "a granted line without a good license and downloads": """
        SELECT i.title FROM order_item i
        LEFT JOIN license_grant g ON g.order_item_id = i.id AND g.voided_at IS NULL
        WHERE i.kind = 'license' AND i.state IN ('granted', 'refunding')
          AND (g.id IS NULL OR NOT EXISTS (
            SELECT 1 FROM download_permission p
            WHERE p.granted_for = i.id AND p.revoked_at IS NULL))""",
    "a license or a download for a line that is not granted": """
        SELECT i.title, i.state FROM order_item i
        WHERE i.state NOT IN ('granted', 'refunding') AND (
            EXISTS (SELECT 1 FROM license_grant
                WHERE order_item_id = i.id AND voided_at IS NULL)
            OR EXISTS (SELECT 1 FROM download_permission
                WHERE granted_for = i.id AND revoked_at IS NULL))""",
    "a line that does not fit its order": """
        SELECT o.number, o.state, i.state FROM order_item i JOIN "order" o ON o.id = i.order_id
        WHERE (o.state IN ('awaiting_payment', 'needs_review') AND i.state <> 'ordered')
           OR (o.state = 'canceled' AND i.state <> 'canceled')
           OR (o.state IN ('paid', 'partially_refunded', 'refunded') AND i.state = 'ordered')
           OR (o.state = 'refunded' AND i.state IN ('granted', 'refunding'))""",
    "a line paid in vain that nobody gives back": """
        SELECT o.number FROM order_item i JOIN "order" o ON o.id = i.order_id
        WHERE o.state IN ('paid', 'partially_refunded', 'refunded') AND o.paid_at IS NOT NULL
          AND i.state = 'canceled' AND i.price_minor > 0 AND o.review_note = ''
          AND NOT EXISTS (SELECT 1 FROM refund_line l JOIN refund r ON r.id = l.refund_id
              WHERE l.order_item_id = i.id AND r.state <> 'failed')
          AND NOT EXISTS (SELECT 1 FROM job WHERE queue = 'events' AND state <> 'done')""",
    "an exclusive license held or sold twice": """
        SELECT recording_id FROM exclusive_hold WHERE state IN ('held', 'sold')
        GROUP BY 1 HAVING count(*) > 1""",
    "an exclusive license that is good and not sold, or sold and not good": """
        SELECT i.title FROM order_item i JOIN license_line l ON l.order_item_id = i.id
        LEFT JOIN exclusive_hold h ON h.order_id = i.order_id
            AND h.recording_id = l.recording_id AND h.state = 'sold'
        WHERE l.tier = 'exclusive'
          AND (i.state IN ('granted', 'refunding')) <> (h.id IS NOT NULL)""",
    "an exclusive license held for an order that nobody pays": """
        SELECT o.number FROM exclusive_hold h JOIN "order" o ON o.id = h.order_id
        WHERE h.state = 'held' AND o.state NOT IN ('awaiting_payment', 'needs_review')""",
    "a refund with the network that is not in the books once": """
        SELECT r.id, r.state FROM refund r WHERE r.state IN ('pending', 'done') <> EXISTS (
            SELECT 1 FROM ledger_transaction t
            WHERE t.dedupe_key IN ('refund:' || r.id, 'foreign-refund:' || r.ref)
              AND NOT EXISTS (SELECT 1 FROM ledger_transaction u WHERE u.dedupe_key IN
                  ('refund-failed:' || r.id, 'foreign-refund-failed:' || r.ref)))""",
    "a refund that is not the sum of its lines": """
        SELECT r.id FROM refund r JOIN refund_line l ON l.refund_id = r.id
        GROUP BY r.id, r.amount_minor HAVING sum(l.amount_minor) <> r.amount_minor""",
    "a line given back twice": """
        SELECT l.order_item_id FROM refund_line l JOIN refund r ON r.id = l.refund_id
        WHERE r.state <> 'failed' GROUP BY 1 HAVING count(*) > 1""",
    "more given back than was paid": """
        SELECT o.number FROM "order" o JOIN refund r ON r.order_id = o.id
        WHERE r.state <> 'failed' AND o.paid_at IS NOT NULL GROUP BY o.number, o.total_minor
        HAVING sum(r.amount_minor) > o.total_minor""",
    "a download in somebody else's account than its license": """
        SELECT i.title FROM order_item i JOIN "order" o ON o.id = i.order_id
        JOIN license_grant g ON g.order_item_id = i.id
        JOIN download_permission p ON p.granted_for = i.id
        WHERE g.account_id IS DISTINCT FROM o.account_id
           OR p.account_id IS DISTINCT FROM o.account_id""",
    "a bug in a job, or an event that a handler did not take at once": """
        SELECT kind, last_error FROM job WHERE last_error LIKE 'Something went wrong%'
          AND NOT (kind = 'process_inbound' AND state = 'done')
        UNION ALL SELECT kind, last_error FROM job
        WHERE queue = 'events' AND last_error <> ''""",
}
# A debit takes days; whoever waits for nothing that is on its way has waited too long.
WAITING = """
    SELECT number FROM "order" o WHERE state = 'awaiting_payment'
      AND created_at < :since AND NOT EXISTS (
        SELECT 1 FROM payment_session s WHERE s.order_id = o.id AND s.state = 'pending')"""


INTERRUPTED = "The worker stopped in the middle; trying again."


def assert_ledger(rt: Runtime) -> None:
    """The books balance, and every balance is the sum of its entries."""
    with rt.read(SYSTEM) as ctx:
        assert check_ledger(ctx) == ()


def assert_money(rt: Runtime, *, was_killed: bool = False) -> None:
    """The books balance and say what orders, licenses, downloads and refunds say.

    Where a worker was killed, an event may have been taken up again; nothing else is excused.
    """
    from datetime import timedelta

    assert_ledger(rt)
    with rt.read(SYSTEM) as ctx:
        found = {why: ctx.db.execute(text(sql)).all() for why, sql in BROKEN.items()}
        since = ctx.now - timedelta(hours=25)
        found["an order that waits for ever"] = ctx.db.execute(
            text(WAITING), {"since": since}
        ).all()
    if was_killed:
        found = {
            why: [row for row in rows if INTERRUPTED not in row] for why, rows in found.items()
        }
    broken = {why: rows for why, rows in found.items() if rows}
    assert not broken, str(broken)
