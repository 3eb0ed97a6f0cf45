"""Floor 5: browse, search and similar: how a fan finds a recording, by sound above all.

Must never know moderation; it only ever shows what the catalog calls live.
"""
