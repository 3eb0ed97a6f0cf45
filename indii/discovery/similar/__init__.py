"""Similar: the vector of every recording and what lies near it, with the reason why."""
