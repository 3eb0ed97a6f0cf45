"""Licensing: what each tier grants, the contract that says so, grants sold and their certificates.

A contract is generated from typed terms and pinned with its hash when it is sold; a certificate is
its document, and `/verify` says to anybody whether it counts today.
"""
