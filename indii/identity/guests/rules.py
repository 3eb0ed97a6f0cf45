"""How long a guest's link and cookie live."""

from datetime import timedelta

EMAIL_LINK_LIFE = timedelta(days=30)
COOKIE_LIFE = timedelta(days=90)
COOKIE_LIFE_S = int(COOKIE_LIFE.total_seconds())
