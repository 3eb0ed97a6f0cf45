"""Orders: what was bought, on which terms, who is owed what, and what was given back."""
