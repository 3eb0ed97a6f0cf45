"""`acoustic-v1`: the model that is always there. Pure numpy, no weights, no download."""
