"""Target `cfg`: text to a network, its table, and for small networks two engines' answers."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from cfgs import real_network, sane_network
from common import GIB, Case, Content, Target, Wrong, check_error, check_line
from spice import render, spiced
from texts import PIPE_CHANCE, names_bytes, tree_bytes
from values import name_of_file

import darknet
from darknet.cfg import Cfg
from darknet.network import Network
from darknet.table import summary, table
from darknet.weights import Weights

__all__ = ["CfgTarget", "small"]

SMALL_BYTES = 4 * 2**20
RUN_LIMIT = 2**28  # what the package is told it may take, well below what it may take
SMALL_FLOPS = 10**8
SMALL_LAYERS = 60
ENGINES = ("reference", "openvino")
JUMPS = ("stair", "relie")  # activations where a rounding error may become a step


def small(network: Network) -> bool:
    """True where the package itself says that running the network costs next to nothing."""
    values = max(node.output.size + sum(s.size for s in node.inputs) for node in network.nodes)
    needed = 4 * (network.parameters + values) + network.activation_bytes
    return (
        needed < SMALL_BYTES
        and sum(spec.size for node in network.nodes for spec in node.weights) < SMALL_BYTES
        and network.flops < SMALL_FLOPS
        and len(network.nodes) <= SMALL_LAYERS
    )


class CfgTarget(Target):
    """A .cfg file with the tree and the class list that it may name."""

    name = "cfg"
    memory = 4 * GIB

    def make(self, rng: Random) -> Case:
        sections = real_network(rng) if rng.random() < 0.25 else sane_network(rng)
        files: dict[str, Content] = {
            name_of_file(rng, ".cfg"): render(spiced(sections, rng), rng),
            "tree.txt": tree_bytes(rng),
            "names.txt": names_bytes(rng),
        }
        if rng.random() < PIPE_CHANCE:
            files[rng.choice(("tree.txt", "names.txt"))] = None
        use = {
            "cfg": next(iter(files)),
            "fork": rng.choice((None, None, "alexeyab")),
            "engines": rng.sample(ENGINES, len(ENGINES)),
        }
        return Case(files, use)

    def run(self, case: Case) -> str:
        label, data = case.use["cfg"], case.files[case.use["cfg"]]
        cfg = Cfg.read(label)
        if cfg.to_bytes() != data:
            raise Wrong("to_bytes is not what was read")
        network = Network.build(cfg, fork=case.use["fork"])
        for line in network.warnings:
            check_line(line, "warning")
        for line in table(network).split("\n"):
            if not line.isprintable():
                raise Wrong(f"table unprintable\n{line!a}")
        json.dumps(summary(network))
        if any(min(node.output.channels, node.output.height, node.output.width) < 1
               for node in network.nodes):  # fmt: skip
            raise Wrong("a layer without values was built")
        if not small(network):
            return "built"
        os.environ["DARKNET_MEMORY_LIMIT"] = str(RUN_LIMIT)
        try:
            return self._answers(network, case)
        finally:
            del os.environ["DARKNET_MEMORY_LIMIT"]

    def _answers(self, network: Network, case: Case) -> str:
        generator = np.random.default_rng(1)
        weights = Weights.initial(network, generator)
        shape = network.input
        batch = generator.random((2, shape.channels, shape.height, shape.width), np.float32)
        found = {}
        logging.getLogger("darknet").addHandler(logging.NullHandler())
        for engine in case.use["engines"]:
            with darknet.load(
                Path(case.use["cfg"]), weights, engine=engine, threads=1, fork=network.fork
            ) as net, np.errstate(all="ignore"):  # fmt: skip
                answer = net.predict(batch[:, :, 0, 0] if shape.is_vector else batch)
                found[engine] = answer if isinstance(answer, list) else [answer]
                self._check_shapes(network, found[engine], engine)
                if shape.channels in (1, 3):
                    self._classify(net, batch[0])
        self._compare(network, found)
        return "run"

    def _check_shapes(self, network: Network, answer: list[Any], engine: str) -> None:
        for node, values in zip(network.outputs, answer, strict=True):
            output = node.output
            wanted = (2, output.channels, output.height, output.width)
            if values.shape != (wanted[:2] if output.is_vector else wanted):
                raise Wrong(f"shape from {engine}\n{values.shape}, declared {wanted}")

    def _classify(self, net: darknet.Net, image: Any) -> None:
        pixels = np.rint(image.transpose(1, 2, 0) * 255).astype(np.uint8)
        for method in ("crop", "whole") if net.network.resizable else ("crop",):
            try:
                answer = net.classify(pixels, preprocess=method)
            except darknet.InputError as error:  # not one vector of classes
                check_error(error)
                return
            except darknet.WeightsError as error:  # NaN: such is life with random weights
                check_error(error)
                continue
            if len(answer.top(10**6)) != len(answer.names):
                raise Wrong("as many probabilities as names")

    def _compare(self, network: Network, found: dict[str, list[Any]]) -> None:
        """The engines' answers are near each other, where they are numbers of moderate size."""
        for node in network.nodes:
            layer = node.layer
            if getattr(layer, "activation", "") in JUMPS or getattr(layer, "xnor", False):
                return
        for one, two in zip(*found.values(), strict=True):
            if not (np.isfinite(one).all() and np.isfinite(two).all()):
                continue
            largest = max(1e-3, np.abs(one).max(), np.abs(two).max())
            if largest < 1e5 and np.abs(one - two).max() > 2e-2 * largest:
                raise Wrong(f"engines differ\n{np.abs(one - two).max()} of {largest}")
