"""tree: the groups, leaves and probabilities of a softmax tree, and files that are none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import NetworkError
from darknet.tree import Tree

ANIMALS = """\
animal -1
thing -1
cat 0
dog 0
car 1
husky 3
poodle 3
"""


@pytest.fixture
def animals(tmp_path) -> Tree:
    path = tmp_path / "a.tree"
    path.write_text(ANIMALS)
    return Tree.read(path)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    size = draw(st.integers(1, 12))
    parents = tuple(draw(st.integers(-1, index - 1)) for index in range(size))
    return Tree(tuple(f"n{index}" for index in range(size)), parents)


def test_names_and_parents_stand_in_class_order(animals):
    assert animals.names == ("animal", "thing", "cat", "dog", "car", "husky", "poodle")
    assert animals.parents == (-1, -1, 0, 0, 1, 3, 3)


def test_a_run_of_equal_parents_is_one_group(animals):
    assert animals.groups == (2, 2, 1, 2)


def test_two_runs_of_one_parent_are_two_groups():
    assert Tree(("a", "b", "c", "d"), (-1, 0, -1, 0)).groups == (1, 1, 1, 1)


def test_a_leaf_is_nobodys_parent(animals):
    assert animals.leaves == (False, False, True, False, True, True, True)


def test_probabilities_multiply_down_to_the_leaves(animals):
    given = np.array([0.75, 0.25, 0.5, 0.5, 1.0, 0.75, 0.25], np.float32)
    expected = [0, 0, 0.375, 0, 0.25, 0.28125, 0.09375]
    assert animals.probabilities(given).tolist() == expected
    assert given.tolist() == [0.75, 0.25, 0.5, 0.5, 1.0, 0.75, 0.25]  # its argument stays
    batch = np.stack([given, given])
    assert animals.probabilities(batch).tolist() == [expected, expected]


@settings(deadline=None, max_examples=50)
@given(trees())
def test_groups_cover_every_class(tree):
    assert sum(tree.groups) == len(tree.parents)
    starts = np.cumsum((0, *tree.groups))
    for start, stop in pairwise(starts):
        assert len(set(tree.parents[start:stop])) == 1


@settings(deadline=None, max_examples=50)
@given(trees(), st.randoms(use_true_random=False))
def test_the_leaves_of_a_proper_tree_add_up_to_1(tree, random):
    conditional = np.zeros(len(tree.parents), np.float32)
    for parent in set(tree.parents):
        members = [index for index, other in enumerate(tree.parents) if other == parent]
        shares = [random.uniform(0.1, 1) for _ in members]
        conditional[members] = np.array(shares) / sum(shares)
    found = tree.probabilities(conditional)
    assert found.sum() == pytest.approx(1, rel=1e-5)
    assert all(leaf or value == 0 for leaf, value in zip(tree.leaves, found, strict=True))


def test_white_space_and_an_empty_end_do_not_matter(tmp_path):
    path = tmp_path / "a.tree"
    path.write_bytes(b"  a\t-1\r\nb   0\r\n\r\n")
    assert Tree.read(path) == Tree(("a", "b"), (-1, 0))


def test_it_is_found_beside_the_cfg_or_above(tmp_path):
    (tmp_path / "cfg").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.tree").write_text("above -1")
    cfg = str(tmp_path / "cfg" / "a.cfg")
    assert Tree.read("data/a.tree", cfg).names == ("above",)
    (tmp_path / "cfg" / "data").mkdir()
    (tmp_path / "cfg" / "data" / "a.tree").write_text("beside -1")
    assert Tree.read("data/a.tree", cfg).names == ("beside",)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a\n", 1, "a: expected `name parent`"),
        ("a -1\nb 0 0\n", 2, "b 0 0: expected `name parent`"),
        ("a -1\nb x\n", 2, "b x: expected `name parent`"),
        ("a -1\nb 1.5\n", 2, "expected `name parent`"),
        ("a -1\nb 9999999999\n", 2, "expected `name parent`"),
        ("a -1\nb -\n", 2, "expected `name parent`"),
        ("a -1\nb 0-\n", 2, "expected `name parent`"),
        ("a -1\nb 1\n", 2, "parent 1 is not an earlier class (0 to 0, or -1)"),
        ("a -1\nb 7\n", 2, "parent 7 is not an earlier class (0 to 0, or -1)"),
        ("a -1\nb -2\n", 2, "parent -2 is not an earlier class"),
        ("a 0\n", 1, "parent 0 is not an earlier class"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, line, what):
    path = tmp_path / "a.tree"
    path.write_text(text)
    with pytest.raises(NetworkError) as caught:
        Tree.read(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert what in str(caught.value)


def test_two_minus_signs_are_no_number(tmp_path):
    path = tmp_path / "a.tree"
    path.write_text("a --1\n")
    with pytest.raises(NetworkError, match="expected `name parent`"):
        Tree.read(path)


def test_a_blank_line_does_not_let_a_class_be_its_own_parent(tmp_path):
    path = tmp_path / "a.tree"
    path.write_text("a -1\n\nb 1\n")
    with pytest.raises(NetworkError):
        Tree.read(path)


def test_what_is_no_tree_file_is_refused(tmp_path):
    with pytest.raises(NetworkError, match=r"no\.tree: cannot be read"):
        Tree.read(tmp_path / "no.tree")
    with pytest.raises(NetworkError, match=r"is a folder; expected a softmax tree"):
        Tree.read(tmp_path)
    (tmp_path / "a.tree").write_bytes(b"\xff\0\x1b[0m" * 9)
    with pytest.raises(NetworkError, match=r"a\.tree:1: .*expected `name parent`") as caught:
        Tree.read(tmp_path / "a.tree")
    assert str(caught.value).isprintable()
