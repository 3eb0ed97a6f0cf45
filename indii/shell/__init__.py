"""The frame around every page: layout, dock, guard at the door, first HTML at the edge.

Must never know what a page sells; it is handed bodies and facts.
"""
