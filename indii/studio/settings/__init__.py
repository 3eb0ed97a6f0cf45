"""Settings: the voice tag and the default terms of every license."""
