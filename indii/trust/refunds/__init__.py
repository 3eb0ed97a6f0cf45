"""Refunds: money given back for whole lines, by an administrator or by a rule."""
