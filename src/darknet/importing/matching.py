"""The source's arrays matched with the network's layers, one to one.

First by the numbers in the names, where they are this package's own (``layer3_weights``); then in
order; then by shapes, where those leave one assignment only. Nothing is guessed beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import WeightsError, printable
from ..layers import Node, WeightSpec
from ..layers.base import Role
from .alignment import CELLS, aligned
from .entries import Contents, Entry, plural
from .grouping import Item, items_of
from .naming import Layout, layout_words, natural, own, template
from .shapes import either_way, fits

__all__ = ["INNER", "LAYOUT_FORM", "MAP_FORM", "Match", "Matching", "match", "specs_of"]

INNER = "inner_biases"
"""The bias of a convolution that a batch normalization follows: Darknet has none there."""
MAP_FORM = '--map FILE names the arrays: [layers] "0" = { weights = "conv1_W", biases = "conv1_b" }'
LAYOUT_FORM = (
    'its outputs may come first or last; --map FILE says it: [kernels] order = "oihw" (first: '
    'torch) or "hwio" (last: Keras)'
)
_BY_SHAPES = "by shapes"
_NAMES: dict[Role, str] = {
    "bias": "biases",
    "scale": "scales",
    "mean": "rolling_mean",
    "variance": "rolling_variance",
    "weight": "weights",
}
_STATISTICS = {"rolling_mean", "rolling_variance"}
_NORM_ARRAYS = {"scales", INNER, *_STATISTICS}


@dataclass(frozen=True)
class Match:
    """A layer, and the source's array for each name of its own (and for INNER)."""

    node: Node
    arrays: Mapping[str, Entry]
    layout: Layout = "oihw"


@dataclass(frozen=True)
class Matching:
    """What was found: matches in network order, arrays left over, layers without any.

    `doubt` says where what is left over could as well stand for another.
    """

    matches: tuple[Match, ...]
    left_over: tuple[Entry, ...]
    missing: tuple[Node, ...]
    how: str
    doubt: str = ""

    @property
    def complete(self) -> bool:
        """True where every array and every layer has its place."""
        return not self.left_over and not self.missing


def match(
    contents: Contents,
    nodes: Sequence[Node],
    given: Sequence[Match] = (),
    layout: Layout | None = None,
) -> Matching:
    """Match the source with the layers; `given` are those that the mapping file names.

    `layout`: that of the kernels; None finds it by shapes, and by words where those allow both.

    The best that was found comes back where not everything has its place. WeightsError where
    shapes leave several assignments, or both layouts.
    """
    done = {found.node.index for found in given}
    taken = {entry.name for found in given for entry in found.arrays.values()}
    wanted = [node for node in nodes if node.index not in done and _is_wanted(node)]
    found = _by_number(contents, wanted, taken, layout or "oihw")
    found = found or _by_items(contents, wanted, taken, layout)
    matches = sorted((*given, *found.matches), key=lambda one: one.node.index)
    return replace(found, matches=tuple(matches))


def specs_of(node: Node) -> dict[str, WeightSpec]:
    """The layer's arrays by name."""
    return {spec.name: spec for spec in node.weights}


def _is_wanted(node: Node) -> bool:
    return any(spec.stored for spec in node.weights)


def _by_number(
    contents: Contents, nodes: list[Node], taken: set[str], layout: Layout
) -> Matching | None:
    """By this package's own names (``darknet export`` to ONNX), where every one of them fits."""
    by_index = {node.index: node for node in nodes}
    found: dict[int, dict[str, Entry]] = {}
    for entry in contents.entries:
        if entry.name in taken:
            continue
        index, name = own(entry.name) or (-1, "")
        node = by_index.get(index)
        spec = specs_of(node).get(name) if node else None
        if node is None or spec is None or not fits(entry, spec, node, layout):
            return None
        found.setdefault(index, {})[name] = entry
    matches = [Match(by_index[index], arrays, layout) for index, arrays in found.items()]
    if not matches or not all(_is_whole(one.node, one.arrays) for one in matches):
        return None
    missing = tuple(node for node in nodes if node.index not in found)
    return Matching(tuple(matches), (), missing, "by the layers' numbers in the names")


def _is_whole(node: Node, arrays: Mapping[str, Entry]) -> bool:
    """True with every kernel of the layer, and with both statistics or nothing normalized."""
    if any(spec.role == "weight" and spec.name not in arrays for spec in node.weights):
        return False
    return not arrays.keys() & _NORM_ARRAYS or arrays.keys() >= _STATISTICS


def _by_items(
    contents: Contents, nodes: list[Node], taken: set[str], layout: Layout | None
) -> Matching:
    """The complete one of all ways to see the source's layers, else the fullest."""
    both: tuple[Layout, ...] = ("oihw", "hwio") if contents.may_be_hwio else ("oihw",)
    found: dict[Layout, Matching] = {}
    doubt: WeightsError | None = None
    for one in (layout,) if layout else both:
        try:
            found[one] = _in_layout(contents, nodes, taken, one)
        except WeightsError as error:
            doubt = doubt or error
    complete = {one: matching for one, matching in found.items() if matching.complete}
    if doubt is not None and not complete:
        raise WeightsError(f"{contents.label}: {doubt}")
    most = max(len(matching.matches) for matching in found.values())
    fullest = {one: m for one, m in found.items() if len(m.matches) == most}
    return _decided(complete or fullest, contents)


def _in_layout(contents: Contents, nodes: list[Node], taken: set[str], layout: Layout) -> Matching:
    """The first complete one, else the fullest; WeightsError where shapes leave several."""
    best = Matching((), contents.entries, tuple(nodes), "nothing fits")
    doubt: WeightsError | None = None
    for attach in (True, False):
        seen = items_of(contents, taken, attach)
        tries: tuple[Callable[..., Matching | None], ...] = (_in_order, _by_shapes)
        for attempt in tries:
            try:
                found = attempt(seen.items, nodes, layout, contents.ordered)
            except WeightsError as error:
                doubt = doubt or error
                continue
            if found is None:
                continue
            found = replace(found, left_over=(*found.left_over, *seen.odd))
            if found.complete:
                return found
            if best.how == "nothing fits" or len(found.matches) > len(best.matches):
                best = found
    if doubt is not None:
        raise doubt
    return best


def _decided(found: Mapping[Layout, Matching], contents: Contents) -> Matching:
    """The only one; where two differ, that of the words in the names, or the one in order.

    WeightsError where nothing says it, or a doubt where not everything has its place anyway.
    """
    first, *others = found.values()
    odd = _otherwise(first, others[0]) if others else None
    if odd is None:
        return first
    words = layout_words(entry.name for entry in contents.entries)
    if words is not None:
        return found[words]
    ordered = [matching for matching in found.values() if matching.how != _BY_SHAPES]
    if len(ordered) == 1:
        return ordered[0]
    if first.complete:
        raise WeightsError(f"{contents.label}: {odd}: {LAYOUT_FORM}")
    return replace(first, doubt=first.doubt or f"{odd}: {LAYOUT_FORM}")


def _otherwise(one: Matching, other: Matching) -> Entry | None:
    """An array of the first that is of another layer, or of another order, in the second."""
    places = {
        entry.name: (match.node.index, name)
        for match in other.matches
        for name, entry in match.arrays.items()
    }
    for match in one.matches:
        specs = specs_of(match.node)
        for name, entry in match.arrays.items():
            if places.get(entry.name) != (match.node.index, name):
                return entry
            if name in specs and either_way(entry, specs[name], match.node):
                return entry
    return None


def _matched(item: Item, node: Node, layout: Layout) -> Match | None:
    """The item as the layer's arrays, None where a shape differs."""
    arrays: dict[str, Entry] = {}
    for group in (item.body, item.norm):
        for role, entry in group.arrays.items() if group else ():
            inner = group is item.body and role == "bias" and item.norm is not None
            arrays[INNER if inner else _NAMES[role]] = entry
    specs = specs_of(node)
    if not _is_whole(node, arrays):
        return None
    biases = specs.get("biases")
    for name, entry in arrays.items():
        spec = specs.get(name) or (biases if name != "weights" else None)
        if spec is None or not fits(entry, spec, node, layout):
            return None
    return Match(node, arrays, layout)


def _in_order(
    items: Sequence[Item], nodes: Sequence[Node], layout: Layout, ordered: bool
) -> Matching | None:
    fit = _Fit(items, nodes, layout)
    pairs = aligned(len(items), len(nodes), fit)
    matches = [_matched(items[i], nodes[k], layout) for i, k in pairs]
    used, filled = {i for i, _ in pairs}, {k for _, k in pairs}
    left = [e for i, item in enumerate(items) if i not in used for e in item.entries]
    missing = [node for k, node in enumerate(nodes) if k not in filled]
    if not ordered and not _counted(items):
        if left or missing:
            raise WeightsError(
                "its names are sorted, so that it keeps no order of layers, and shapes do not fit "
                f"one to one; {MAP_FORM}"
            )
        return None  # only shapes can say
    how = "in order" if ordered else "in order of the numbers in the names"
    doubt = _doubt(items, nodes, pairs, fit)
    return Matching(tuple(one for one in matches if one), tuple(left), tuple(missing), how, doubt)


class _Fit:
    """Whether item i fits layer k, looked at once for all that are of one shape."""

    def __init__(self, items: Sequence[Item], nodes: Sequence[Node], layout: Layout) -> None:
        self._items, self._nodes, self._layout = items, nodes, layout
        self._item_kinds = _numbered([_kind(item) for item in items])
        self._node_kinds = _numbered([(node.weights, node.inputs) for node in nodes])
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, i: int, k: int) -> bool:
        key = self._item_kinds[i], self._node_kinds[k]
        if key not in self._known:
            self._known[key] = _matched(self._items[i], self._nodes[k], self._layout) is not None
        return self._known[key]


def _numbered(kinds: Sequence[object]) -> list[int]:
    """A number for every different one."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(kind, len(numbers)) for kind in kinds]


def _kind(item: Item) -> tuple[object, ...]:
    groups = (item.body, item.norm)
    return tuple(
        (number, role, entry.shape, entry.transposed)
        for number, group in enumerate(groups)
        for role, entry in (group.arrays.items() if group else ())
    )


def _doubt(
    items: Sequence[Item], nodes: Sequence[Node], pairs: Sequence[tuple[int, int]], fit: _Fit
) -> str:
    """Where an item left over fits a layer that has another, or a layer without fits an item."""
    used, filled = {i for i, _ in pairs}, {k for _, k in pairs}
    left = [i for i in range(len(items)) if i not in used]
    lacking = [k for k in range(len(nodes)) if k not in filled]
    for i, k in pairs:
        name = f"{printable(items[i].name)}, which went to layer {nodes[k].index}"
        other = next((j for j in left if fit(j, k)), None)
        if other is not None:
            like = printable(items[other].name)
            return f"{name}, has the shape of {like}, which is left over; {MAP_FORM}"
        other = next((j for j in lacking if fit(i, j)), None)
        if other is not None:
            index = nodes[other].index
            return f"{name}, fits layer {index} too, which has no weights; {MAP_FORM}"
    return ""


def _counted(items: Sequence[Item]) -> bool:
    """True where items of one shape differ by numbers in their names, and so have an order."""
    names: dict[tuple[tuple[int, ...], ...], str] = {}
    for item in items:
        shape = tuple(entry.shape for entry in item.entries)
        if names.setdefault(shape, template(item.name)) != template(item.name):
            return False
    return True


def _by_shapes(
    items: Sequence[Item], nodes: Sequence[Node], layout: Layout, ordered: bool
) -> Matching | None:
    """The one assignment that shapes allow; layers alike are taken by the numbers in the names.

    None where some layer or item has no partner, WeightsError where there are several ways.
    """
    if len(items) != len(nodes) or len(items) ** 2 > CELLS:
        return None
    fit = _Fit(items, nodes, layout)
    open_ = {k: {i for i in range(len(items)) if fit(i, k)} for k in range(len(nodes))}
    pairs: dict[int, int] = {}
    while open_:
        k = min(open_, key=lambda k: len(open_[k]))
        alike = [other for other in open_ if open_[other] == open_[k]]
        choices = sorted(open_[k], key=lambda i: natural(items[i].name))
        if len(choices) < len(alike):
            return None
        if len(choices) > len(alike) or len({template(items[i].name) for i in choices}) > 1:
            names = ", ".join(printable(items[i].name) for i in choices[:4])
            raise WeightsError(
                f"the order is not the network's, and {plural(len(choices), 'layer')} of one shape "
                f"({names}) may go to layer {nodes[k].index} "
                f"[{nodes[k].layer.names[0]}]: ambiguous; {MAP_FORM}"
            )
        pairs.update(zip(sorted(alike), choices, strict=True))
        for other in alike:
            del open_[other]
        for left in open_.values():
            left.difference_update(choices)
    matches = [_matched(items[i], nodes[k], layout) for k, i in sorted(pairs.items())]
    return Matching(tuple(one for one in matches if one), (), (), _BY_SHAPES)
