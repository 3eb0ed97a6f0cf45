"""The uploader: tus to our own endpoint, seen and steered in the browser."""

from indii.ui.wraps.uploader.uploader import Uploader, uploader

__all__ = ["Uploader", "uploader"]
