"""The kit every screen is built from: tokens, primitives, forms, page and state policies.

Must never know a room or a table.
"""
