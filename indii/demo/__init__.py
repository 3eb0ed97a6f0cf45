"""The demo catalogue: who its producers are, what they made, and the composer that made it.

Only ``indii.cli`` and tests import it; it must never be needed by a page.
"""
