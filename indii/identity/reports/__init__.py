"""Reports: anyone may flag anything, kept as (kind, id, reason) for the moderators."""
