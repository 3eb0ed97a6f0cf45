"""Floor 5: what moderators see and decide. Reaches every room below.

Must never be imported by anything but the roof.
"""
