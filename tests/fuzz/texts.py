"""Class lists and softmax trees: sane ones, odd ones, and text that is neither."""

from __future__ import annotations

from random import Random

from values import extreme, extreme_integer, garble, junk_text

__all__ = ["PIPE_CHANCE", "names_bytes", "tree_bytes"]

PIPE_CHANCE = 0.0005
"""Of a pipe where a file names another: who opens it waits until the watchdog comes."""


def names_bytes(rng: Random) -> bytes:
    """A class list's bytes."""
    count = rng.choice((1, 2, 3, 4, 5, 10, 12, 12, 12, 100, 1_000, 1_000))
    end = rng.choice(("\n", "\n", "\n", "\r\n", "\n\n", "\r", " \n"))
    lines = [f"class {number}" for number in range(count)]
    for _ in range(rng.choice((0, 0, 1, 3))):
        lines[rng.randrange(len(lines))] = junk_text(rng)
    if rng.random() < 0.01:
        lines = [rng.choice(("", "a", "\u2028", "b" * 1_000_000))] * rng.choice((1, 10, 1_000_000))
        lines = lines[: max(1, 2**24 // (len(lines[0]) + 1))]
    data = end.join(lines).encode("utf-8", "surrogatepass") + rng.choice((b"", b"\n", b"\n\n \n"))
    return _odd(data, rng)


def tree_bytes(rng: Random) -> bytes:
    """A softmax tree's bytes: sane more often than not."""
    count = rng.choice((1, 2, 3, 4, 5, 8, 10, 12, 12, 64))
    if rng.random() < 0.01:
        count = rng.choice((1_000, 30_000, 300_000))
    form = rng.choice(("flat", "chain", "random", "random", "runs"))
    rows = [f"n{index} {_parent(form, index, rng)}" for index in range(count)]
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        rows[rng.randrange(count)] = _odd_row(count, rng)
    data = "\n".join(rows).encode("utf-8", "surrogatepass") + b"\n"
    return _odd(data, rng)


def _parent(form: str, index: int, rng: Random) -> int:
    if form == "flat":
        return -1
    if form == "chain":
        return index - 1
    return index // 3 - 1 if form == "runs" else rng.randint(-1, index - 1)


def _odd_row(count: int, rng: Random) -> str:
    number = rng.choice((
        "-1", "0", "--1", "-", "--", "-0", "+1", "1-", "٣", "²", "1_0", "1.0", "-00000001", "",
        str(count), str(count - 1), str(-2), str(extreme_integer(rng)), extreme(rng),
    ))  # fmt: skip
    name = rng.choice(("n1", "n1", junk_text(rng), "n" * 256, "n" * 100_000))
    return rng.choice((f"{name} {number}", f"{name}\t{number}", f"{name} {number} 1", name, number))


def _odd(data: bytes, rng: Random) -> bytes:
    draw = rng.random()
    if draw < 0.06 and len(data) < 100_000:
        return garble(data, rng)
    if draw < 0.08:
        return rng.choice((b"", b"\n", b"\0", b" \n \n", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a"))
    if draw < 0.09:
        text = data[:100_000].decode("utf-8", "replace")
        return text.encode(rng.choice(("utf-16", "latin-1")), "replace")
    return b"\xef\xbb\xbf" + data if draw < 0.12 else data
