"""Floor 3, the buyer's side: which license tier of a recording is offered at which price.

Must never know how a recording was found or made.
"""
