"""Orders: every order as an operator sees it, with its money, papers and refunds."""
