"""Floor 4: people who mix, master and produce for others: providers, projects, reviews.

Empty until that work begins. Must never import the other rooms of its floor, nor discovery, trust
and admin above it.
"""
