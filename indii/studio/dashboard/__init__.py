"""Dashboard: what happened, in numbers first, and every own recording."""
