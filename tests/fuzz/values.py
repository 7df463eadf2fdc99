"""Values at the edge, and mutations of bytes and text."""

from __future__ import annotations

from random import Random

__all__ = ["extreme", "extreme_integer", "garble", "junk_text", "name_of_file", "splice"]

INTEGERS = (
    0, -1, 1, 2, 3, 7, 16, 63, 64, 65, 255, 256, 257, 1000, 4095, 8191, 8192, 8193, 10_000,
    32_767, 32_768, 46_340, 46_341, 65_535, 65_536, 65_537, 99_999, 1_000_000, 2**24, 2**24 + 1,
    700_000_000, 999_999_999, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**53 + 1,
    2**63 - 1, 2**63, 2**64, 10**30, -2, -3, -64, -1000, -65_536, -(10**9), -(2**31) + 1, -(2**31),
    -(2**63), -(10**30),
)  # fmt: skip
NUMBERS = (
    "0", "-0", "0.0", "1e308", "-1e308", "1e309", "1e-320", "1e999", "nan", "-nan", "NaN", "inf",
    "-inf", "Infinity", "1e39", "3.5e38", "1e-46", "1e-6", "9e-7", "1.0", "2.", ".5", "0x10",
    "0x1p3", "1_000", "1e", "e5", "+", "-", ".", "1.5", "1,5", "--1", "+-1", "1f", "1ff", "f",
    "1e-400", "0.1.2", "٣", "\uff11\uff12", "²", "1e+03", "00000000007", "1L", "1e3.5",
)  # fmt: skip
TEXTS = (
    "", " ", "0", "\0", "a\0b", "\x1b[31mred\x1b[0m", "\x07", "\x7f", "\u2028", "\u202e", "\ufeff",
    "\ud800", "\udc80", "ä", "名前", "💥", "e\u0301", "%s%n", "{0}", "{}", "../..", "/", ".", "..",
    "~", "/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem", "/proc/self/environ", "a\tb",
    "a\rb", "\x85", "\x1c", "#", ";", "=", "[", "]", "[net]", "a=b", ",", ",,", "-", "NUL", "'\"",
    "a" * 255, "a" * 256, "b/" * 2000, "c" * 5000, "\x01" * 3000, "é" * 2500,
)  # fmt: skip


def extreme_integer(rng: Random) -> int:
    """A whole number at some edge, or next to one."""
    if rng.random() < 0.2:
        return rng.choice((-1, 1, 1, 1)) * rng.getrandbits(rng.randint(1, 70))
    return rng.choice(INTEGERS) + rng.choice((0, 0, 0, 1, -1))


def extreme(rng: Random) -> str:
    """Text for a value: edges of numbers, what looks like numbers, and what does not."""
    draw = rng.random()
    if draw < 0.55:
        return str(extreme_integer(rng))
    if draw < 0.75:
        return rng.choice(NUMBERS)
    if draw < 0.82:
        return rng.choice("0123456789") * rng.choice((10, 11, 40, 41, 400, 4_301, 20_000))
    if draw < 0.88:
        count = rng.choice((2, 3, 50, 2_000))
        return ",".join(str(extreme_integer(rng)) for _ in range(count))
    return junk_text(rng)


def junk_text(rng: Random) -> str:
    """Text that no one expects: controls, directions, surrogates, devices, great length."""
    if rng.random() < 0.7:
        return rng.choice(TEXTS)
    letters = "".join(
        chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) for _ in range(8)
    )
    return letters * rng.choice((1, 1, 1, 5, 300))


def name_of_file(rng: Random, ending: str) -> str:
    """Mostly `case` with the ending; at times a name that is hard to print."""
    if rng.random() < 0.97:
        return f"case{ending}"
    odd = ("a\nb", "\x1b[2J", "\u202e", "\udcff", "x" * 240, "-", "%s", "a b", "\x7f", "é" * 100)
    return f"{rng.choice(odd)}{ending}"


def garble(data: bytes, rng: Random, times: int | None = None) -> bytes:
    """Bytes with a few local changes; at most about twice as long."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6) if times is None else times):
        rng.choice(_CHANGES)(out, rng)
    return bytes(out)


def _flip(out: bytearray, rng: Random) -> None:
    if out:
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)


def _replace(out: bytearray, rng: Random) -> None:
    if out:
        out[rng.randrange(len(out))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, 10, 32))


def _number(out: bytearray, rng: Random) -> None:
    """An integer of 2, 4 or 8 bytes, near the start more often than not."""
    size = rng.choice((2, 2, 4, 4, 4, 8))
    reach = min(len(out), rng.choice((32, 64, 512, len(out) or 1)))
    at = rng.randrange(reach) if reach else 0
    value = extreme_integer(rng) % 2 ** (8 * size)
    out[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))


def _cut(out: bytearray, rng: Random) -> None:
    if out and rng.random() < 0.4:
        del out[rng.randrange(len(out)) :]


def _remove(out: bytearray, rng: Random) -> None:
    if out:
        at = rng.randrange(len(out))
        del out[at : at + rng.choice((1, 2, 4, 100))]


def _repeat(out: bytearray, rng: Random) -> None:
    if out:
        at = rng.randrange(len(out))
        out[at:at] = out[at : at + rng.choice((1, 4, 50, 1000))]


def _insert(out: bytearray, rng: Random) -> None:
    at = rng.randint(0, len(out))
    out[at:at] = rng.randbytes(rng.choice((1, 4, 30)))


_CHANGES = (*[_flip] * 2, *[_replace] * 2, *[_number] * 3, _cut, _remove, _repeat, _insert)


def splice(first: bytes, second: bytes, rng: Random) -> bytes:
    """The start of one and the end of another."""
    return first[: rng.randint(0, len(first))] + second[rng.randint(0, len(second)) :]
