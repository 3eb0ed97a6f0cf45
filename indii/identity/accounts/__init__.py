"""Accounts: sign up and in, who stands behind every event, mail tokens, consent.

Must never know what an account sells or buys.
"""
