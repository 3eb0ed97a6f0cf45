"""Builders of people and things, by the same commands that the product uses."""
