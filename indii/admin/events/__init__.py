"""Events: what outside services told this installation, and a way to work it again."""
