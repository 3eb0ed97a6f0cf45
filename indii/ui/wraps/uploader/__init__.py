"""The uploader: resumable parts to our own endpoints, seen and steered in the browser."""

from indii.ui.wraps.uploader.uploader import Uploader, uploader

__all__ = ["Uploader", "uploader"]
