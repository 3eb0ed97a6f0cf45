"""Accounts: sign up and in, sessions looked up on every event, mail tokens, consent."""
