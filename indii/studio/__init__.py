"""Floor 4: where producers work on what they sell.

Must never know how fans discover it, nor the rooms beside it.
"""
