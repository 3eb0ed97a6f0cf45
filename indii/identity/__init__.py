"""Ground floor: who somebody is (account), how they appear (profile), what they flagged (report).

Must never know what is sold, played or decided about a report.
"""
