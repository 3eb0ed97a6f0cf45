"""Owns every sentence spoken to a vendor, a disk or a decoder, one package a port.

Must never know a room; only bootstrap imports it.
"""
