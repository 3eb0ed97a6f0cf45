"""Tips: money for a producer as it is, with a message, and nothing delivered but thanks."""
