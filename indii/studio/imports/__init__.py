"""Imports: a folder of audio files becomes recordings, each file for itself."""
