"""E-mails about refunds: one job an addressee, so that one that fails takes no other with it."""
