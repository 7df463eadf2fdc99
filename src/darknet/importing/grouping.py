"""A source's arrays -> layers: what belongs together by name, and what each array is.

Names end in the array's role, and what stands before it names the layer (see `naming`). Arrays
without such names are taken by position: a kernel, then its bias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..layers.base import Role
from .entries import Contents, Entry
from .naming import role_in

__all__ = ["Group", "Item", "Items", "items_of", "squeezed"]

_NORM_WORD = re.compile(r"batch_?norm(alization)?|bn|norm", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """The arrays of one of the source's layers, by role."""

    name: str
    arrays: Mapping[Role, Entry]

    @property
    def is_norm(self) -> bool:
        """True for a batch normalization by itself."""
        return "mean" in self.arrays and "variance" in self.arrays and "weight" not in self.arrays


@dataclass(frozen=True)
class Item:
    """What may fill one layer: a kernel with its bias, a batch normalization, or both."""

    body: Group | None
    norm: Group | None

    @property
    def name(self) -> str:
        """The name of the layer in the source."""
        group = self.body or self.norm
        return group.name if group else ""

    @property
    def entries(self) -> list[Entry]:
        """All its arrays."""
        groups = (group for group in (self.body, self.norm) if group)
        return [entry for group in groups for entry in group.arrays.values()]


@dataclass(frozen=True)
class Items:
    """The source's layers in order, and the arrays that belong to none."""

    items: tuple[Item, ...]
    odd: tuple[Entry, ...]


def items_of(contents: Contents, taken: Iterable[str], attach: bool) -> Items:
    """Group what is not `taken` (names) already.

    `attach`: a batch normalization belongs to the kernel before it, and is no layer of its own.
    """
    used = set(taken)
    entries = [entry for entry in contents.entries if entry.name not in used]
    groups, odd = _by_name(entries)
    if not groups:
        groups, odd = _by_position(entries)
    if not attach:
        alone = (Item(None, g) if g.is_norm else Item(g, None) for g in groups)
        return Items(tuple(alone), tuple(odd))
    pairs = _by_adjacency(groups) if contents.ordered else _by_names(groups)
    return Items(tuple(pairs), tuple(odd))


def squeezed(shape: Iterable[int]) -> tuple[int, ...]:
    """The shape without its ones."""
    return tuple(side for side in shape if side != 1)


def _parsed(entry: Entry) -> tuple[str, Role] | None:
    """(layer, role) from the name, else from the graph."""
    found = role_in(entry.name)
    if found is not None:
        return found
    if entry.role is not None and entry.group is not None:
        return entry.group, entry.role
    return None


def _by_name(entries: list[Entry]) -> tuple[list[Group], list[Entry]]:
    groups: dict[str, dict[Role, Entry]] = {}
    odd = []
    for entry in entries:
        layer, role = _parsed(entry) or ("", None)
        if role is None or role in groups.setdefault(layer, {}):
            odd.append(entry)
        else:
            groups[layer][role] = entry
    found = [Group(name, _torch_scale(arrays)) for name, arrays in groups.items() if arrays]
    whole = []
    for group in found:
        if group.is_norm or "weight" in group.arrays:
            whole.append(group)
        else:
            odd += group.arrays.values()
    return whole, odd


def _torch_scale(arrays: dict[Role, Entry]) -> dict[Role, Entry]:
    """A torch batch normalization calls its scales weight."""
    if {"mean", "variance", "weight"} <= arrays.keys() and "scale" not in arrays:
        weight = arrays["weight"]
        if len(squeezed(weight.shape)) <= 1:
            return {("scale" if role == "weight" else role): e for role, e in arrays.items()}
    return arrays


def _by_position(entries: list[Entry]) -> tuple[list[Group], list[Entry]]:
    groups: list[Group] = []
    odd = []
    for entry in entries:
        if groups and "bias" not in groups[-1].arrays and _may_be_bias(entry, groups[-1]):
            groups[-1] = Group(groups[-1].name, {**groups[-1].arrays, "bias": entry})
        elif len(entry.shape) >= 2:
            groups.append(Group(entry.name, {"weight": entry}))
        else:
            odd.append(entry)
    return groups, odd


def _may_be_bias(entry: Entry, group: Group) -> bool:
    kernel = group.arrays["weight"].shape
    return len(squeezed(entry.shape)) <= 1 and entry.size in (kernel[0], kernel[1], kernel[-1])


def _by_adjacency(groups: list[Group]) -> list[Item]:
    items: list[Item] = []
    for group in groups:
        before = items[-1] if items else Item(None, None)
        if not group.is_norm:
            items.append(Item(group, None))
        elif before.body is not None and before.norm is None and "mean" not in before.body.arrays:
            items[-1] = Item(before.body, group)
        else:
            items.append(Item(None, group))
    return items


def _by_names(groups: list[Group]) -> list[Item]:
    """Pairs as names tell them: bn1 with conv1, conv1_bn with conv1, features.4 with features.3."""
    norms = {group.name: group for group in groups if group.is_norm}
    pairs: dict[str, Group] = {}
    bodies = {group.name for group in groups if not group.is_norm}
    for name, norm in norms.items():
        body = next((near for near in _near(name) if near in bodies and near not in pairs), None)
        if body is not None:
            pairs[body] = norm
    used = {norm.name for norm in pairs.values()}
    return [
        Item(None, group) if group.is_norm else Item(group, pairs.get(group.name))
        for group in groups
        if group.name not in used
    ]


def _near(name: str) -> Iterable[str]:
    """What the kernel may be called that a batch normalization of this name follows."""
    *folders, last = re.split(r"(?<=[./])", name)
    parent = "".join(folders)
    yield parent + _NORM_WORD.sub("conv", last)
    yield (parent + _NORM_WORD.sub("", last)).strip("./_-")
    number = re.fullmatch(r"(.*?)([0-9]{1,9})", last)
    if number and int(number[2]):
        yield f"{parent}{number[1]}{int(number[2]) - 1}"
