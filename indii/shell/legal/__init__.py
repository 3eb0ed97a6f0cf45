"""Legal: the terms and the privacy notice; accounts keeps the versions that people agree to."""
