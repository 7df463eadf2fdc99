"""The order of a source's classes, and the network's own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import InputError, printable
from ..names import fitting, load_names, shipped_ids, wordnet_ids
from ..network import Network

__all__ = ["SORTED", "permutation"]

SORTED = "imagenet-sorted"
_WORDNET_ID = re.compile(r"n[0-9]{8}")


def permutation(classes: str | Sequence[str], network: Network, written_in: str = "") -> list[int]:
    """For every output of the network, the number of the same class in the source.

    `classes` is SORTED, a class list's file (as it stands, or beside the file `written_in`), or
    its names or WordNet ids. InputError where the two lists are not the same classes.
    """
    outputs = network.outputs[0].output.size
    if classes == SORTED:
        wanted, given, label = _ids(network), sorted(shipped_ids("imagenet")), SORTED
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


def _wanted(given: Sequence[str], network: Network) -> list[str]:
    """The network's classes in the form of the given ones: WordNet ids or names."""
    names = network.net.names
    if given and all(_WORDNET_ID.fullmatch(name) for name in given):
        return _ids(network)
    if not names:
        raise InputError(
            f"{network.cfg.label}: its classes are not known: names= in [net] says them"
        )
    found = load_names(names, written_in=network.cfg.label)
    return list(fitting(found, network.outputs[0].output.size, names))


def _ids(network: Network) -> list[str]:
    """The WordNet ids of the network's classes; InputError where its own list does not tell."""
    names = network.net.names
    if not names or names == "imagenet":
        return list(shipped_ids("imagenet"))
    found = list(load_names(names, written_in=network.cfg.label))
    if all(_WORDNET_ID.fullmatch(name) for name in found):
        return found
    ids = list(wordnet_ids(found))
    if not ids:
        raise InputError(
            f"{network.cfg.label}: names={printable(names)}: not ImageNet's classes in Darknet's "
            "order, nor WordNet ids; with names=imagenet the order can be changed"
        )
    return ids
