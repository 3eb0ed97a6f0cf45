"""Sessions: signed-in browsers, opened, seen, ended; their table lies in accounts."""
