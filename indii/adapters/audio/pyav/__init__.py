"""Audio by FFmpeg's libraries (PyAV), one throw-away process for every untrusted file."""

from indii.adapters.audio.pyav.adapter import PyAvAudio

__all__ = ["PyAvAudio"]
