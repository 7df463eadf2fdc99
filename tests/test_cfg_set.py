"""Options that are set in a cfg: which bytes change, and how messages tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfg_texts import cfgs, quick
from darknet.cfg import Cfg
from darknet.errors import CfgError


@quick
@given(cfgs(), st.data())
def test_setting_an_option_changes_its_own_line_alone(made, data):
    cfg = Cfg.parse(made[0])
    number = data.draw(st.integers(0, len(cfg.sections) - 1))
    section = cfg.sections[number]
    key = data.draw(st.sampled_from([entry.key for entry in section.entries] or ["new"]))
    changed = cfg.with_option(number, key, 7)
    assert changed.sections[number].get(key) == "7"
    line = next((e.line for e in section.entries if e.key == key), None)
    if line is not None:
        before, after = list(cfg.lines), list(changed.lines)
        del before[line - 1], after[line - 1]
        assert after == before


@quick
@given(cfgs())
def test_adding_an_option_adds_one_line_below_its_section(made):
    cfg = Cfg.parse(made[0])
    changed = cfg.with_option(0, "brand_new", 7)
    lines = changed.to_bytes().decode("utf-8", "surrogateescape").split("\n")
    added = lines.pop(cfg.sections[0].line)
    assert added.rstrip("\r") == "brand_new=7"
    kept = "".join(cfg.lines)
    assert "\n".join(lines) in (
        kept,
        kept + "\n",
        kept + "\r\n",
    )  # its header may have ended the file


@quick
@given(cfgs(), st.lists(st.sampled_from(["new", "other", "width", "batch"]), max_size=5))
def test_options_that_are_set_stand_in_the_bytes_and_move_no_line(made, keys):
    cfg = changed = Cfg.parse(made[0])
    for number, key in enumerate(keys):
        changed = changed.with_option(0, key, number, f"--{key} {number}")
    assert [s.line for s in changed.sections] == [s.line for s in cfg.sections]
    assert changed.sections[1:] == cfg.sections[1:]
    assert len(changed.lines) == len(cfg.lines)
    again = Cfg.parse(changed.to_bytes())
    for section, other in zip(changed.sections, again.sections, strict=True):
        assert [(e.key, e.value) for e in section.entries] == [
            (e.key, e.value) for e in other.entries
        ]
    last = {key: number for number, key in enumerate(keys)}
    for entry in changed.sections[0].entries:
        if entry.given:
            assert entry.given == f"--{entry.key} {last.pop(entry.key)}"
    assert not last


def test_an_option_says_where_it_stands_or_how_it_was_given():
    cfg = Cfg.parse("# a\n[net]\nbatch = 8\n", "my.cfg")
    changed = cfg.with_option(0, "decay", 2.5).with_option(0, "power", 3, "--power 3")
    told = [changed.sections[0].told_of(key, True) for key in ("batch", "decay", "power", "adam")]
    assert told == [
        "my.cfg:3: [net] batch=8",
        "my.cfg:2: [net] decay=2.5",
        "--power 3",
        "my.cfg: [net] adam=1",
    ]


@pytest.mark.parametrize(("key", "value"), [("a", "b\nc=3"), ("[a", "b]"), ("", 1), ("#a", 1)])
def test_an_option_is_one_line(key, value):
    with pytest.raises(CfgError, match=r"^my\.cfg:1: "):
        Cfg.parse("[net]\nwidth=8\n", "my.cfg").with_option(0, key, value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"[net]\nbatch=64 # c\nbatch=2\n", b"[net]\nbatch=1\nbatch=2\n"),
        (b"[net]\r\nbatch=64\r\nwidth=8\r\n", b"[net]\r\nbatch=1\r\nwidth=8\r\n"),
        (b"# c\xff\n[net]\n\n[conv]\nbatch=3\n", b"# c\xff\n[net]\nbatch=1\n\n[conv]\nbatch=3\n"),
        (b"[net]", b"[net]\nbatch=1\n"),
        (b"\xef\xbb\xbf[net]\nwidth=8", b"\xef\xbb\xbf[net]\nbatch=1\nwidth=8"),
    ],
)
def test_setting_an_option_in_these_bytes(before, after):
    assert Cfg.parse(before).with_option(0, "batch", 1).to_bytes() == after


def test_setting_an_option_leaves_the_original_alone():
    cfg = Cfg.parse("[net]\nbatch=64\n")
    cfg.with_option(0, "batch", 1)
    assert cfg.sections[0].get("batch") == "64"


def test_setting_an_option_in_a_real_cfg_changes_one_line(shared):
    for path in sorted((shared / "data" / "cfg").glob("*/*.cfg")):
        cfg = Cfg.read(path)
        changed = cfg.with_option(0, "batch", 1)
        number = next(e.line for e in cfg.sections[0].entries if e.key == "batch") - 1
        assert changed.sections[0].get("batch") == "1"
        assert changed.lines[:number] == cfg.lines[:number]
        assert changed.lines[number + 1 :] == cfg.lines[number + 1 :]
