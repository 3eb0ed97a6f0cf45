"""The coding that a client likes best is the one it gets."""

import gzip

import brotli
import pytest

from indii.shell.compression import compressed, preferred_coding


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("", ""),
        ("x-brand, gzipped", ""),
        ("br;q=high", ""),
    ],
)
def test_the_best_that_both_know(accepted, coding):
    assert preferred_coding(accepted) == coding


def test_a_document_comes_back_whole():
    said = "Straße " * 200
    for accepted, opened in (("br", brotli.decompress), ("gzip", gzip.decompress), ("", bytes)):
        answer = compressed(said, 200, accepted)
        assert opened(answer.body).decode() == said
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers.get("content-encoding", "") == accepted
