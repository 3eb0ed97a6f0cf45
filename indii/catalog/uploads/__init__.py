"""Uploads: files on their way in, part by part, checked by content, then attached.

Must never know who may fetch them later (access).
"""
