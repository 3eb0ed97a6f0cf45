"""Floor 4: how music is carried outside. Empty until links and press kits arrive.

Must never know the rooms beside it.
"""
