"""Work: the jobs of this installation, what failed, and a way to try it again."""
