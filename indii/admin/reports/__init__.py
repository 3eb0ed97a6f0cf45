"""Reports: the queue of what people flagged, and the dialog in which one is decided."""
