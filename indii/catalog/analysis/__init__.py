"""Analysis: what is measured of a master (preview, waveform, tempo, key), and how that work stands.

Must never know which model listens: discovery hands over what it measured.
"""
