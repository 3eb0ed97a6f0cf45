"""Legal: the terms and the privacy notice, with the versions that people agree to."""
