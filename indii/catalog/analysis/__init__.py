"""Sound: preview, waveform and loudness of a master; suggestions; how the work stands."""
