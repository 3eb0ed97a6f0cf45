"""Floor 2, the seller's side: the words of a license, later contracts, splits and the ledger.

Must never know the buyer's till.
"""
