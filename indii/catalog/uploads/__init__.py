"""Uploads: files on their way in over tus, checked by content, then attached.

Must never know who may fetch them later (access).
"""
