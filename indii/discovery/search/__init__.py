"""Search: words and filters to recordings, with counts and spelling help."""
