"""Weights from elsewhere become a network's own: read, matched layer by layer, brought over.

    imported = import_weights("squeezenet_v1.1.npz", "squeezenet1.1.cfg", recipe=Recipe(...))
    imported.save("squeezenet1.1.weights")

Nothing of a source is ever run: pickled objects are refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..cfg import Cfg
from ..errors import InputError, WeightsError, printable
from ..files import sha256_of
from ..layers import Fork, Node
from ..network import Network, place
from ..weights import Array, Header, Weights
from ..zoo import read_cfg
from .absorb import absorb_classes, absorb_input, adapter_arrays, is_adapter
from .classes import class_files, permutation
from .entries import Contents, plural
from .known import recipe_of, recognised
from .mapping import Mapped, overrides, read_mapping
from .matching import Match, Matching, match
from .naming import Layout
from .norms import layer_arrays
from .readers import read_source, size_limit
from .recipe import Recipe as Recipe
from .report import Imported as Imported

__all__ = ["Imported", "Recipe", "import_weights"]

Watch = Callable[[Sequence[Match]], Iterable[Match]]


def import_weights(
    source: str | os.PathLike[str],
    cfg: str | os.PathLike[str] | Cfg | None = None,
    *,
    recipe: Recipe | None = None,
    mapping: str | os.PathLike[str] | None = None,
    fork: Fork | None = None,
    approximate: bool = False,
    partial: bool = False,
    watch: Watch = iter,
) -> Imported:
    """Bring the weights in `source` (.npz, .onnx, .pt, .pth, .safetensors) to a network.

    cfg: the network, or a model's name; None where the file is known by its SHA-256.
    recipe: how the source's network was fed, and its classes' order; what it does not say comes
    from the mapping file, then from what is known of the file.
    mapping: a file for what cannot be seen in the source (see `darknet.importing.mapping`).
    fork: "pjreddie" or "alexeyab", whose batch normalization the weights are for; None guesses.
    approximate: accept that a first layer that pads answers otherwise at the border.
    partial: accept arrays left over, and layers without weights, which get initial ones.
    watch: is given the matches before their values are read, and passes them on.

    Raises WeightsError for a source that cannot be read or does not fit, InputError for a recipe
    or mapping file that does not, CfgError for the cfg.
    """
    sha256 = sha256_of(source, "weights to import", WeightsError)
    model = recognised(sha256)
    known = recipe_of(model.imported) if model and model.imported else Recipe()
    if cfg is None:
        if model is None:
            label = printable(os.fspath(source), 200)
            raise InputError(f"{label}: not a file that is known by itself; name its CFG too")
        cfg = model.read_cfg()
    network = Network.build(cfg if isinstance(cfg, Cfg) else read_cfg(cfg), fork=fork)
    mapped = Mapped() if mapping is None else read_mapping(mapping)
    whole = (recipe or Recipe()).over(mapped.recipe.over(known))
    contents = read_source(source, size_limit(network.weights_bytes))
    work = _Work(network, contents, whole, mapped)
    work.fill(watch)
    work.absorb(approximate, "" if mapping is None else os.fspath(mapping))
    imported = work.imported(sha256)
    if not (partial or imported.complete):
        raise WeightsError(imported.summary())
    return imported


class _Work:
    """An import on its way: what was matched, and the arrays as they grow."""

    def __init__(
        self, network: Network, contents: Contents, recipe: Recipe, mapped: Mapped
    ) -> None:
        self._network, self._contents, self._recipe = network, contents, recipe
        given = overrides(mapped, contents, network.nodes)
        self._adapter, self._matching = _match(network, contents, recipe, given, mapped.layout)
        self._arrays: list[Mapping[str, Array]] = [{} for _ in network.nodes]
        self._filled: dict[tuple[int, str], str] = {}
        self._absorbed: list[str] = []
        self._notes: list[str] = []
        self._reads = contents.beside

    def fill(self, watch: Watch) -> None:
        """The layers' arrays from the source, and initial ones where it has none."""
        network, missing = self._network, self._matching.missing
        without = [node for node in network.nodes if node.weights]
        if missing or any(not spec.stored for node in without for spec in node.weights):
            self._arrays = list(Weights.initial(network, np.random.default_rng(0)).arrays)
        if self._matching.doubt:
            self._notes.append(f"in doubt: {self._matching.doubt}")
        assumed: dict[str, None] = {}
        for found in watch(self._matching.matches):
            done = layer_arrays(found, network.fork, self._recipe.epsilon, self._contents.fork)
            assumed |= dict.fromkeys(filter(None, [done.assumed]))
            index = found.node.index
            self._arrays[index] = done.arrays
            self._filled |= {(index, name): what for name, what in done.filled.items()}
            bad = sum(array.size - int(np.isfinite(array).sum()) for array in done.arrays.values())
            if bad:
                self._notes.append(f"{place(found.node)}: {plural(bad, 'value')} not finite")
        self._notes += assumed
        if any(found.layout == "hwio" for found in self._matching.matches):
            self._notes.append("kernels have their outputs last (HWIO) in the source")
        if self._contents.ignored:
            self._notes.append(_ignored(self._contents.ignored))

    def absorb(self, approximate: bool, written_in: str) -> None:
        """The recipe's preprocessing and class order, taken into the arrays."""
        recipe, missing = self._recipe, {node.index for node in self._matching.missing}
        first = self._network.nodes[0]
        if self._adapter is not None:
            self._arrays[0] = adapter_arrays(self._adapter, recipe)
            self._absorbed.append(f"{recipe}, by layer 0, which is there for it")
        elif recipe.changes_input and first.index in missing:
            self._notes.append("no preprocessing absorbed: the first layer has no weights")
        elif recipe.changes_input:
            self._arrays[0], notes = absorb_input(first, self._arrays[0], recipe, approximate)
            self._absorbed.append(f"{recipe}, into layer 0")
            self._notes += notes
        if recipe.classes is None:
            return
        order = permutation(recipe.classes, self._network, written_in)
        self._reads += class_files(recipe.classes, self._network, written_in)
        last, arrays = absorb_classes(self._network, self._arrays, order)
        if last in missing:
            self._notes.append("no order of classes absorbed: the last layer has no weights")
            return
        self._arrays[last] = arrays
        name = recipe.classes if isinstance(recipe.classes, str) else "the list given"
        self._absorbed.append(f"order of classes ({printable(name, 100)}), into layer {last}")

    def imported(self, sha256: str) -> Imported:
        """The result."""
        found = self._matching
        return Imported(
            source=self._contents.label,
            form=self._contents.form,
            sha256=sha256,
            network=self._network,
            weights=Weights(Header(), tuple(self._arrays)),
            how=found.how,
            matches=found.matches,
            filled=self._filled,
            left_over=found.left_over,
            missing=found.missing,
            absorbed=tuple(self._absorbed),
            notes=tuple(self._notes),
            reads=self._reads,
        )


def _ignored(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:3]) + (" ..." if names[3:] else "")
    verbs = ("is no weight", "is") if len(names) == 1 else ("are no weights", "are")
    count = plural(len(names), "array")
    return f"{count} of the source {verbs[0]}, and {verbs[1]} ignored: {shown}"


def _match(
    network: Network,
    contents: Contents,
    recipe: Recipe,
    given: Sequence[Match],
    layout: Layout | None,
) -> tuple[Node | None, Matching]:
    """The matching, and the first layer where it is the recipe's and not the source's."""
    first = network.nodes[0]
    named = any(found.node.index == first.index for found in given)
    if recipe.changes_input and is_adapter(first) and not named:
        try:
            without = match(contents, network.nodes[1:], given, layout)
        except WeightsError:
            return None, match(contents, network.nodes, given, layout)
        if without.complete:
            return first, replace(without, how=f"{without.how} (layer 0 is for preprocessing)")
    return None, match(contents, network.nodes, given, layout)
