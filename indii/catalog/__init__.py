"""Floor 1: what exists (recordings, files, sound facts) and who may hear it.

Must never know prices beyond the listing it shows, nor how things are found.
"""
