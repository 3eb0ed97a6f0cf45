"""Sessions: signed-in browsers, opened, seen, ended. Must never know passwords."""
