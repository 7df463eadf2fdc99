"""What is done to a sane network: extreme values, odd wiring, many sections, odd text."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from cfgs import Section, kind_of, known
from values import extreme, extreme_integer, garble, junk_text

from darknet.layers import NOT_YET
from darknet.sections import section_names

__all__ = ["render", "spiced"]

SIDES = ("size", "stride", "stride_x", "stride_y", "padding", "dilation", "filters", "output",
         "crop_height", "crop_width", "width", "height", "channels", "inputs", "groups", "extra",
         "layers", "from", "share_index", "temperature", "alpha", "beta", "kappa",
         "scale", "tree", "names")  # fmt: skip
LARGE = (40, 100, 300, 1_000, 5_000, 20_000, 46_341, 65_536, 10**6, 10**7, 10**8, 2**30, 2**31 - 2)


def spiced(sections: list[Section], rng: Random) -> list[Section]:
    """The sections with none, one or a few changes."""
    for _ in range(rng.choice((0, 0, 1, 1, 1, 1, 1, 2, 3))):
        draw = rng.random()
        if draw < 0.3:
            _set_extreme(sections, rng)
        elif draw < 0.7:
            _set_together(sections, rng)
        else:
            rng.choice(_CHANGES)(sections, rng)
    return sections


def _pick(sections: list[Section], rng: Random) -> Section:
    return rng.choice(sections) if sections else ("", [])


def _put(section: Section, key: str, value: str) -> None:
    """The option with the value, first so that it counts."""
    section[1][:] = [(key, value), *(pair for pair in section[1] if pair[0] != key)]


def _set_extreme(sections: list[Section], rng: Random) -> None:
    section = _pick(sections, rng)
    keys = [option["key"] for option in known(section[0])]
    likely = [key for key in keys if key in SIDES]
    if not keys:
        return
    key = rng.choice(likely if likely and rng.random() < 0.7 else keys)
    value = extreme(rng)
    if rng.random() < 0.5 and "integer" in kind_of(section[0], key):
        value = str(extreme_integer(rng))
    _put(section, key, value)


def _set_together(sections: list[Section], rng: Random) -> None:
    """Sizes of one section that are large and near each other: each alone may be refused."""
    large = rng.choice(LARGE)
    for section in (_pick(sections, rng), _pick(sections, rng))[: rng.choice((1, 1, 2))]:
        keys = [option["key"] for option in known(section[0]) if option["key"] in SIDES[:16]]
        for key in rng.sample(keys, min(len(keys), rng.randint(1, 4))):
            near = rng.choice((large, large, large - 1, large + 1, 2 * large, large // 2, 1))
            _put(section, key, str(near))


def _duplicate(sections: list[Section], rng: Random) -> None:
    at = rng.randint(0, len(sections))
    sections[at:at] = [_copy(_pick(sections, rng)) for _ in range(rng.choice((1, 2, 10)))]


def _many(sections: list[Section], rng: Random) -> None:
    """Up to 10,000 sections, at times 60,000 short ones."""
    count = rng.choice((50, 100, 300, 300, 1_000, 1_000, 10_000))
    section = _copy(_pick(sections, rng))
    if rng.random() < 0.03:
        count, section = 60_000, (rng.choice(("avgpool", "empty", "logistic")), [])
    sections += [section] * count


def _remove(sections: list[Section], rng: Random) -> None:
    if sections:
        del sections[rng.randrange(len(sections))]


def _swap(sections: list[Section], rng: Random) -> None:
    if sections:
        one, two = rng.randrange(len(sections)), rng.randrange(len(sections))
        sections[one], sections[two] = sections[two], sections[one]


def _insert_route(sections: list[Section], rng: Random) -> None:
    """Routes to itself, to later layers, out of range, of great length."""
    at, count = rng.randint(0, len(sections)), len(sections)
    number = rng.choice((at, at - 1, at + 1, -at, -at - 1, count, -1, -2, 0, extreme_integer(rng)))
    listed = ",".join([str(number)] * rng.choice((1, 1, 2, 3, 100, 1_500)))
    key = rng.choice((("route", "layers"), ("shortcut", "from"), ("sam", "from")))
    sections.insert(at, (key[0], [(key[1], listed)]))


def _nest_routes(sections: list[Section], rng: Random) -> None:
    """Each route joins the last one to itself: channels double with each."""
    name, key = rng.choice((("route", "layers"), ("route", "layers"), ("shortcut", "from")))
    listed = rng.choice(("-1,-1", "-1,-2", "-1", "-1,-1,-1,-1"))
    sections += [(name, [(key, listed)])] * rng.choice((3, 10, 40, 70, 400, 3_000))


def _unknown_options(sections: list[Section], rng: Random) -> None:
    section = _pick(sections, rng)
    count = rng.choice((1, 1, 10, 100, 1_000, 1_000, 10_000))
    words = rng.choice((["filtres"], ["x"], ["padding_", "sise", "strid"], [junk_text(rng)]))
    numbered = rng.random() < 0.5
    section[1].extend(
        (f"{rng.choice(words)}{number if numbered else ''}", "1") for number in range(count)
    )


def _rename(sections: list[Section], rng: Random) -> None:
    if not sections:
        return
    at = rng.randrange(len(sections))
    name = rng.choice((
        rng.choice(section_names()), rng.choice(list(NOT_YET)), junk_text(rng), "Net", "net",
        "network", "convolutonal", "]", "[", "x" * 100_000, "conv]\n[net",
    ))  # fmt: skip
    sections[at] = (name, sections[at][1])


def _double_option(sections: list[Section], rng: Random) -> None:
    section = _pick(sections, rng)
    if section[1]:
        section[1].append((rng.choice(section[1])[0], extreme(rng)))


def _copy(section: Section) -> Section:
    return section[0], list(section[1])


_CHANGES: tuple[Callable[[list[Section], Random], None], ...] = (
    _duplicate, _many, _remove, _swap, _insert_route, _insert_route, _nest_routes,
    _unknown_options, _rename, _double_option,
)  # fmt: skip


def render(sections: list[Section], rng: Random) -> bytes:
    """The file's bytes, with the oddities that real files have, and some that none has."""
    quirky = rng.random() < 0.3
    end = "\r\n" if quirky and rng.random() < 0.3 else "\n"
    equals = rng.choice((" = ", "=", "\t=", "= ")) if quirky else "="
    lines: list[str] = []
    for name, options in sections:
        lines += [f"[{name}]", *(f"{key}{equals}{value}" for key, value in options), ""]
    if quirky:
        for _ in range(rng.randint(0, 4)):
            lines.insert(rng.randint(0, len(lines)), _odd_line(rng))
    data = end.join(lines).encode("utf-8", "surrogatepass")
    if quirky and rng.random() < 0.2:
        data = rng.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\n" * 5000, b"\0", b"\xa0")) + data
    if rng.random() < 0.12 and len(data) < 100_000:
        data = garble(data, rng)
    if quirky and rng.random() < 0.05:
        data = data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "utf-7")))
    return data


def _odd_line(rng: Random) -> str:
    junk = junk_text(rng)
    return rng.choice((
        f"# {junk}", f"; {junk}", junk, f"{junk}=1", f"size={junk}", "=", "=1", "size=", "size",
        "size==3", "[", "]", "[]", "[ ]", "[net", "[net]]", "[[net]]", "[net] # x", "net]", "\v\f",
        " " * 100_000, "#" * 100_000, "size=" + "9" * 100_000, "x" * 300_000, "\u2028[net]\u2028",
    ))  # fmt: skip
