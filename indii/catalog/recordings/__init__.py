"""Recordings: what exists, its words and states, its stored files.

Must never know how files arrive (uploads) nor what is measured of them (analysis).
"""
