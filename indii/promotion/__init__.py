"""Floor 4: how music is carried outside. Empty until links and press kits arrive.

Must never know its neighbours studio and community.
"""
