"""Lines at the terminal board: what each means, and what is said to those that mean nothing."""

from __future__ import annotations

import pytest

from darknet.errors import InputError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.moves import BLACK, EMPTY, WHITE
from darknet.go.terminal.actions import _ACTIONS
from darknet.go.terminal.commands import KINDS, Command, Verb, help_lines, parse


def point(vertex: str, size: int = 19) -> int:
    return from_gtp(vertex, size)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        # DarkGo's page
        ("", Command(Verb.SUGGESTED, number=1)),
        ("  \t ", Command(Verb.SUGGESTED, number=1)),
        ("3", Command(Verb.SUGGESTED, number=3)),
        ("A 15", Command(Verb.PLAY, point("A15"))),
        ("c A 15", Command(Verb.EDIT, point("A15"), EMPTY)),
        ("b A 15", Command(Verb.EDIT, point("A15"), BLACK)),
        ("w A 15", Command(Verb.EDIT, point("A15"), WHITE)),
        ("p", Command(Verb.PASS, PASS, number=1)),
        # beyond it
        ("a15", Command(Verb.PLAY, point("A15"))),
        ("b15", Command(Verb.PLAY, point("B15"))),
        ("B 15", Command(Verb.PLAY, point("B15"))),
        ("c c 3", Command(Verb.EDIT, point("C3"), EMPTY)),
        ("BC3", Command(Verb.EDIT, point("C3"), BLACK)),
        ("d d4", Command(Verb.DEAD, point("D4"))),
        ("PASS", Command(Verb.PASS, PASS, number=1)),
        ("s 15", Command(Verb.PLAY, point("S15"))),
        ("k10", Command(Verb.PLAY, point("K10"))),
        ("s", Command(Verb.SAVE)),
        ("s My Game 3.sgf", Command(Verb.SAVE, text="My Game 3.sgf")),
        ("save '15'", Command(Verb.SAVE, text="15")),
        ("s! a.sgf", Command(Verb.SAVE, text="a.sgf", force=True)),
        ("l ~/Ä b", Command(Verb.LOAD, text="~/Ä b")),
        ("u", Command(Verb.UNDO, number=1)),
        ("undo 12", Command(Verb.UNDO, number=12)),
        ("<", Command(Verb.BACK, number=1)),
        ("< 7", Command(Verb.BACK, number=7)),
        ("<<", Command(Verb.BACK, number=10)),
        (">|", Command(Verb.LAST, number=1)),
        ("goto 30", Command(Verb.GOTO, number=30)),
        ("new", Command(Verb.NEW)),
        ("new! 13", Command(Verb.NEW, number=13, force=True)),
        ("x White", Command(Verb.SIDES, colour=WHITE, text="White")),
        ("x", Command(Verb.SIDES, number=1)),
        ("komi -3.5", Command(Verb.KOMI, text="-3.5")),
        ("?", Command(Verb.HELP, number=1)),
        ("Q", Command(Verb.QUIT, number=1)),
    ],
)
def test_what_lines_mean(line, command):
    assert parse(line, 19) == command


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("foo", '"foo" is no point and no command; h lists the commands'),
        ("udno", 'did you mean "undo"?'),
        ("I 5", "there is no column I"),
        ("T 20", "T20 is not on a board of 19 lines: expected A1 to T19"),
        ("u 5", "U5 is not on a board of 19 lines"),
        ("c", "expected a point after c, as in c D 4"),
        ("b pass", "expected a point after b"),
        ("q now", '"q now": expected q'),
        ("goto", "expected goto N"),
        ("goto x", "expected goto N"),
        ("undo -1", "expected undo [N]"),
        ("x grey", "expected x [black|white|both]"),
        ("komi nan", "expected komi N"),
        ("komi 1e9", "expected komi N"),
        ("q!", '"q!" is no point and no command'),
        ("!", "no command"),
        ("-5", "no command"),
        ("A\x1b[31m", "\\x1b[31m"),
        ("9" * 20, "no command"),
        ("x" * 5000, "a line of 5,000 characters is no command"),
    ],
)
def test_lines_that_mean_nothing_are_told_why(line, said):
    with pytest.raises(InputError) as problem:
        parse(line, 19)
    assert said in str(problem.value)
    assert str(problem.value).isprintable()
    assert len(str(problem.value)) < 200


def test_every_verb_is_typed_done_and_helped():
    words = [word for kind in KINDS for word in kind.words]
    assert len(words) == len(set(words))
    by_point = {Verb.SUGGESTED, Verb.PLAY, Verb.EDIT, Verb.DEAD}
    assert by_point | {kind.verb for kind in KINDS} == set(Verb) == set(_ACTIONS)
    helped = "\n".join(help_lines())
    for kind in KINDS:
        assert not kind.help or f"{', '.join(kind.words)}" in helped
    assert max(map(len, helped.splitlines())) < 80
