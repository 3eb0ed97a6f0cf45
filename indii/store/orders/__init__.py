"""Orders: what was bought of whatever kind, who is owed what, and the way from payment to delivery.

Must never know what a line sells: its kind does (`kinds.py`).
"""
