"""Sessions: signed-in browsers, opened, seen, ended.

Must never know passwords: accounts says who may sign in.
"""
