"""Recordings: rows, files, covers, waveforms, voice tags, uploads and what their sound says."""
