"""Frame: what every operator's page shares: its tabs, who may see it, lists that go on.

Must never know what a page shows.
"""
