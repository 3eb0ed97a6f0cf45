"""A local stand-in for Stripe: speaks its HTTP wire on a loopback port, moves no money.

It owns its own database and knows nothing of the shop that calls it. What a request may say and
what an object must look like is read from the installed `stripe` package, so the stand-in follows
the SDK by itself; what the types cannot say is one row each in `rule_table`.

It is held to those types and to recorded facts, not yet to the live API: passing here is a strong
hint, no proof.

    python -m sandbox.stripe --port 8420
"""
