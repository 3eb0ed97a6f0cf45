"""Mail: e-mails of this installation without their text, and whether they left."""
