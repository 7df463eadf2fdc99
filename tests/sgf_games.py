"""Game records that the tests of SGF share."""

from __future__ import annotations

import importlib.util

import pytest

from darknet.go.records import parse_records

__all__ = ["NAME", "SMALL", "needs_sgfmill", "parsed"]

needs_sgfmill = pytest.mark.skipif(
    importlib.util.find_spec("sgfmill") is None, reason="needs sgfmill (the extra `go`)"
)


def parsed(text: str | bytes, **options):
    data = text.encode() if isinstance(text, str) else text
    return parse_records(data, "game.sgf", **options)[0]


SMALL = (
    "(;FF[4]GM[1]SZ[9]KM[6.5]HA[2]RU[Japanese]PB[A]PW[B]RE[W+R]AB[gc][cg]PL[W];W[ee];B[cc]C[hm])"
)
NAME = "\u53e4\u529b"  # Gu Li, in Chinese
