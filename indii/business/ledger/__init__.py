"""The ledger: every movement of money, written once, balanced, never changed."""
