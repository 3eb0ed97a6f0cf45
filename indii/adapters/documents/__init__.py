"""Documents are set here: typst in a process of its own, with its embedded fonts."""
