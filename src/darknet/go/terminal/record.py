"""A game that was loaded and went on, as a record: its comments and variations are kept.

The moves of the board become the main line. As far as they are those of the record, its own nodes
are it; where they leave it, they go on in a variation that is there, or in a new one, before the
others.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..board import Board
from ..moves import Edit, Entry
from ..records import Node, Record, parse_records, record_of
from ..rules import Rules

__all__ = ["continued"]


def continued(record: Record | None, board: Board, rules: Rules | None) -> Record:
    """A record of the board's past: a new one, or a copy of `record` with the past in it.

    `rules` are those that `record` was read with (None: without any). A past that does not even
    begin as the record does, since its first setup was taken back, makes a new record.
    """
    if record is None:
        return record_of(board)
    copy = parse_records(record.to_bytes(), record.label)[0]
    past = board.past
    same = _same(past, record.board(rules=rules).past)
    node, done = None, 0
    for next_node, reached in copy.walk(rules=rules):
        if reached.steps > same:
            break
        node, done = next_node, reached.steps
    if node is None:
        return record_of(board)
    for entry in past[done:]:
        known = _known(copy, node, entry)  # a node without children is false
        node = copy.add(node, entry) if known is None else known
    return copy


def _same(one: Sequence[Entry | Edit], other: Sequence[Entry | Edit]) -> int:
    """How many entries two pasts have in common."""
    pairs = zip(one, other, strict=False)
    return next(
        (n for n, (mine, its) in enumerate(pairs) if mine != its), min(len(one), len(other))
    )


def _known(record: Record, node: Node, entry: Entry | Edit) -> Node | None:
    """The child of `node` with this very move, brought to the front; None where there is none."""
    if isinstance(entry, Edit):
        return None
    children: Sequence[Node] = list(node)
    for child in children:
        if record.moves([child]) == [entry.move] and not _is_setup(child):
            child.reparent(node, 0)
            return child
    return None


def _is_setup(node: Node) -> bool:
    return not {"AB", "AW", "AE", "PL"}.isdisjoint(node.get_raw_property_map())
