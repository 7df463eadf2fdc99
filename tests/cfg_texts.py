"""What a .cfg may look like: bytes, with what they mean."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

__all__ = ["cfgs", "quick"]

quick = settings(deadline=None, max_examples=100)

# Lines of bytes with what they mean.
SPACE = st.sampled_from(["", "", "", " ", "\t", "  ", " \t ", "\v", "\f"])
WORD = st.text("abcXYZ019_é語[]#;.-", min_size=1, max_size=8)
KEY = WORD.filter(lambda word: word[0] not in "[#;")
VALUE = st.text("abc019=,.#;[]-é", max_size=8)
RUBBISH = st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"").replace(b"\0", b""))
BLANK = SPACE.map(lambda space: (space.encode(), None))
COMMENT = st.builds(
    lambda space, mark, rest: (space.encode() + mark + rest, None),
    SPACE,
    st.sampled_from([b"#", b";"]),
    RUBBISH,
)
HEADER = st.builds(
    lambda a, b, name, c: (f"{a}[{b}{name}{c}]{a}".encode(), name), SPACE, SPACE, WORD, SPACE
)
OPTION = st.builds(
    lambda a, key, b, c, value, d: (f"{a}{key}{b}={c}{value}{d}".encode(), (key, value)),
    SPACE,
    KEY,
    SPACE,
    SPACE,
    VALUE,
    SPACE,
)


@st.composite
def cfgs(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, list[tuple[str, str]]]]]:
    """The bytes of a cfg, and its sections as (name, entries)."""
    before = draw(st.lists(BLANK | COMMENT, max_size=2))
    body = draw(st.lists(BLANK | COMMENT | HEADER | OPTION, max_size=12))
    meant: list[tuple[str, list[tuple[str, str]]]] = []
    written = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    lines = [*before, draw(HEADER), *body]
    for number, (line, meaning) in enumerate(lines, 1):
        ending = draw(st.sampled_from([b"\n", b"\r\n"]))
        written += line + (b"" if number == len(lines) and draw(st.booleans()) else ending)
        if isinstance(meaning, str):
            meant.append((meaning, []))
        elif meaning is not None:
            meant[-1][1].append(meaning)
    return written, meant
