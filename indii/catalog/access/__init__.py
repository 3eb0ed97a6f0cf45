"""Access: who may hear or fetch a file, and what counts as a play."""
