"""Floor 4: what people do together around music. Empty until reactions arrive.

Must never know the rooms beside it.
"""
