"""Which recordings somebody likes, and how many like a recording.

Must never know where its button is drawn: rows, pages and the dock ask for their actions.
"""
