"""Browser code wrapped once, each beside its wrapper."""
