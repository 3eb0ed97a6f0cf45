"""What may be uploaded, as a browser asks for it."""

SOUNDS = ".wav,.aif,.aiff,.flac,.mp3,.m4a,.ogg,.opus"
