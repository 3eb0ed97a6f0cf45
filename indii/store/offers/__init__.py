"""Offers: which tiers of a recording are for sale at which price."""
