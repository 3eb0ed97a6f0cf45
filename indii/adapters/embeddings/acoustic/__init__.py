"""`acoustic-v1`: the ear that is always there. Pure numpy, no weights, no download."""
