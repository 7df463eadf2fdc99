"""The order of a source's classes, and the network's own."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, printable
from ..files import beside
from ..names import fitting, load_names, shipped_ids, shipped_lists
from ..network import Network

__all__ = ["SORTED", "class_files", "permutation"]

SORTED = "imagenet-sorted"
_IMAGENET = "imagenet"
_WORDNET_ID = re.compile(r"n[0-9]{8}")


def permutation(classes: str | Sequence[str], network: Network, written_in: str = "") -> list[int]:
    """For every output of the network, the number of the same class in the source.

    `classes` is SORTED, a class list's file (as it stands, or beside the file `written_in`), or
    its names or WordNet ids. InputError where the two lists are not the same classes.
    """
    outputs = network.outputs[0].output.size
    if classes == SORTED:
        given, label = sorted(shipped_ids(_IMAGENET)), SORTED
        wanted = _wordnet(network)
    elif isinstance(classes, str):
        given, label = list(load_names(classes, written_in)), printable(classes, 200)
        wanted = _wanted(given, network)
    else:
        given, label = list(classes), "classes"
        wanted = _wanted(given, network)
    if not len(given) == len(wanted) == outputs:
        raise InputError(f"{label}: {len(given)} classes, but the network has {outputs} outputs")
    places = {name: place for place, name in enumerate(given)}
    if len(places) < len(given):
        double = next(name for place, name in enumerate(given) if places[name] != place)
        raise InputError(
            f"{label}: {printable(double)} comes twice; WordNet ids (n02119789 ...) are unique"
        )
    unknown = next((name for name in wanted if name not in places), None)
    if unknown is not None:
        raise InputError(
            f"{label}: has no {printable(unknown)}, a class of {network.cfg.label}; expected the "
            "same classes in another order"
        )
    return [places[name] for name in wanted]


def class_files(classes: str | Sequence[str], network: Network, written_in: str) -> tuple[str, ...]:
    """The files that `permutation` reads, where they are."""
    lists = [(network.net.names, network.cfg.label)]
    if isinstance(classes, str) and classes != SORTED:
        lists.append((classes, written_in))
    places = (
        beside(name, file) if file else [Path(name)]
        for name, file in lists
        if name and name not in shipped_lists()
    )
    found = (next(filter(os.path.exists, paths), None) for paths in places)
    return tuple(str(path) for path in found if path is not None)


def _wanted(given: Sequence[str], network: Network) -> list[str]:
    """The network's classes in the form of the given ones: WordNet ids or names."""
    outputs = network.outputs[0].output.size
    ids = _are_ids(given)
    if not network.net.names and not (ids and outputs == len(shipped_ids(_IMAGENET))):
        raise InputError(
            f"{network.cfg.label}: its classes are not known: names= in [net] says them"
        )
    return _wordnet(network) if ids else _names(network)


def _are_ids(names: Sequence[str]) -> bool:
    return bool(names) and all(map(_WORDNET_ID.fullmatch, names))


def _names(network: Network) -> list[str]:
    """What names= lists."""
    names = network.net.names
    found = load_names(names, written_in=network.cfg.label)
    return list(fitting(found, network.outputs[0].output.size, names))


def _wordnet(network: Network) -> list[str]:
    """The network's classes as WordNet ids, in its own order: Darknet's where names= is not said.

    InputError where names= lists what is no class of ImageNet, or a name that two of them have.
    """
    shipped = shipped_ids(_IMAGENET)
    if network.net.names in ("", _IMAGENET):
        return list(shipped)
    listed = _names(network)
    if _are_ids(listed):
        return listed
    names = load_names(_IMAGENET)
    if tuple(listed) == names:
        return list(shipped)  # two pairs of ImageNet's classes have one name each
    ids = dict(zip(names, shipped, strict=True))
    for name in listed:
        count = names.count(name)
        if count != 1:
            why = "the name of two classes" if count else "no class"
            raise InputError(
                f"{network.cfg.label}: names={printable(network.net.names, 200)}: "
                f"{printable(name)} is {why} of ImageNet; expected its names or WordNet ids"
            )
    return [ids[name] for name in listed]
