"""Floor 4: releases on their way to other services, and what those services report back.

Empty until that work begins. Must never import the other rooms of its floor, nor discovery, trust
and admin above it.
"""
