"""Payment networks."""
