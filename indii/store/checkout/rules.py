"""Decisions about carts of whatever lies in them."""

from datetime import timedelta

CART_LIFE = timedelta(days=60)
