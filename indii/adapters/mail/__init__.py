"""E-mails leave here: an .eml mailbox on disk, or SMTP."""
