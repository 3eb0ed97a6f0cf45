"""Floor 5: what is decided about reported things, and money that is given back.

Reaches every room below. Must never show a page (the operator's pages are `admin`) and must never
import `discovery`, which stands beside it.
"""
