"""Floor 6: the operator's pages over everything: orders, books, reports, events, mail, work.

Shows what the rooms below know and calls what they decide. Must never hold a rule of its own, and
must never be imported by anything but the roof.
"""
