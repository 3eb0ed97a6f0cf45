"""Licenses as a kind of order line: in the cart with their contracts, granted, voided, restored."""
