"""Floor 4: venues, bookings and the calendar of concerts.

Empty until that work begins. Must never import the other rooms of its floor, nor discovery, trust
and admin above it.
"""
