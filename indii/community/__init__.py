"""Floor 4: what people do together around music. Empty until reactions arrive.

Must never know its neighbours studio and promotion.
"""
