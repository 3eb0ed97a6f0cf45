"""Downloads: everything that somebody bought, for as long as it is theirs."""
