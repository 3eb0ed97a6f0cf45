"""Books: what was written down for good and is only read: the ledger, the audit log."""
