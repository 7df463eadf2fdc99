"""Targets `data` (.data files, and the command that takes one) and `names` (lists and trees)."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random

import numpy as np
from common import Case, Content, Target, Wrong, check_error, check_line
from texts import PIPE_CHANCE, names_bytes, tree_bytes
from values import extreme, garble, junk_text, name_of_file

import darknet
from darknet.cfg import Cfg, Data
from darknet.cli import main
from darknet.names import fitting, load_names
from darknet.network import Network
from darknet.tree import Tree
from darknet.weights import Weights

__all__ = ["DataTarget", "NamesTarget"]

KEYS = ("classes", "train", "valid", "labels", "names", "backup", "eval", "top", "tree", "map")
TINY = "[net]\nwidth=4\nheight=4\nchannels=3\n[convolutional]\nfilters=12\n[avgpool]\n[softmax]\n"
PATHS = ("names.txt", "names.txt", "./names.txt", "imagenet", "missing.txt", "case", ".", "../x",
         "names.txt/x", "/dev/null", "/dev/zero", "/proc/self/mem", "n" * 300, "a\0b")  # fmt: skip


class DataTarget(Target):
    """A .data file: read, asked for everything, and given to `darknet classifier predict`."""

    name = "data"

    def make(self, rng: Random) -> Case:
        lines = [f"{key} = {_data_value(key, rng)}" for key in KEYS if rng.random() < 0.6]
        for _ in range(rng.choice((0, 0, 0, 1, 3))):
            lines.insert(rng.randint(0, len(lines)), _data_line(rng))
        if rng.random() < 0.01:
            lines += [rng.choice(("x=1", "names=1", junk_text(rng)[:50] + "=1"))] * 100_000
        rng.shuffle(lines)
        data = rng.choice(("\n", "\n", "\r\n")).join(lines).encode("utf-8", "surrogatepass")
        if rng.random() < 0.15 and len(data) < 100_000:
            data = garble(data, rng)
        files: dict[str, Content] = {
            name_of_file(rng, ".data"): data,
            "names.txt": names_bytes(rng),
        }
        if b"pipe" in data:
            files["pipe"] = None
        use = {"data": next(iter(files)), "command": rng.random() < 0.2}
        return Case(files | _tiny_files(), use)

    def run(self, case: Case) -> str:
        label = case.use["data"]
        if case.use["command"]:
            return self._command(label)
        data = Data.read(label)
        errors = 0
        for key in (*KEYS, *(entry.key for entry in data.entries[:20])):
            data.get(key)
            path = data.path(key)
            for minimum in (0, 1):
                try:
                    data.integer(key, minimum)
                except darknet.CfgError as error:
                    check_error(error)
                    errors += 1
        path = data.path("names")
        if path is not None:
            load_names(path)
        return "read with errors" if errors else "read"

    def _command(self, label: str) -> str:
        arguments = ["classifier", "predict", label, "tiny.cfg", "tiny.weights", "photo.ppm"]
        with (
            Path("out").open("w", errors="backslashreplace") as out,
            Path("err").open("w", errors="backslashreplace") as err,
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = main([*arguments, "--engine", "reference"])
        answer, complaint = (Path(name).read_text().rstrip("\n") for name in ("out", "err"))
        errors = [line for line in complaint.splitlines() if line.startswith("darknet: ")]
        if code not in (0, 2) or len(errors) != (code == 2) or "memory" in complaint:
            raise Wrong(f"exit code and stderr\n{code}: {complaint!a}")
        for line in complaint.split("\n"):
            check_line(line, "stderr")
        if not answer.replace("\n", "").isprintable():
            raise Wrong(f"stdout unprintable\n{answer!a}")
        return f"command {code}"


def _data_value(key: str, rng: Random) -> str:
    draw = rng.random()
    if draw < PIPE_CHANCE:
        return "pipe"
    if draw < 0.15:
        return extreme(rng)
    if key in ("classes", "top"):
        return str(rng.choice((0, 1, 2, 5, 12, 1000, -1, 10**9)))
    return rng.choice(PATHS)


def _data_line(rng: Random) -> str:
    junk = junk_text(rng)
    return rng.choice((junk, f"{junk}=1", f"names={junk}", f"#{junk}", "=", "names=", "names",
                       "[net]", f"[{junk}]", "[", "top=5 # five", f"top={extreme(rng)}",
                       ))  # fmt: skip


def _tiny_files() -> dict[str, Content]:
    network = Network.build(Cfg.parse(TINY, "tiny.cfg"))
    weights = Weights.initial(network, np.random.default_rng(0)).to_bytes(network)
    photograph = b"P6 4 4 255\n" + bytes(range(48))
    return {"tiny.cfg": TINY.encode(), "tiny.weights": weights, "photo.ppm": photograph}


class NamesTarget(Target):
    """A class list, or a softmax tree under the network that names it."""

    name = "names"

    def make(self, rng: Random) -> Case:
        tree = rng.random() < 0.5
        name = name_of_file(rng, ".tree" if tree else ".names")
        files: dict[str, Content] = {name: tree_bytes(rng) if tree else names_bytes(rng)}
        use = {
            "file": name if rng.random() < 0.97 else rng.choice(PATHS),
            "tree": tree,
            "outputs": rng.choice((1, 2, 3, 4, 5, 8, 10, 12, 12, 64)),
            "spatial": rng.random() < 0.1,
            "run": rng.random() < 0.7,
        }
        return Case(files, use)

    def run(self, case: Case) -> str:
        use = case.use
        if not use["tree"]:
            names = load_names(use["file"], written_in="some/where.cfg")
            fitting(names, use["outputs"], use["file"])
            if not names or any("\n" in name for name in names):
                raise Wrong("names are not lines")
            return self._answer(case, names=use["file"]) if use["run"] else "list"
        tree = Tree.read(use["file"])
        if sum(tree.groups) != len(tree.parents) or len(tree.leaves) != len(tree.names):
            raise Wrong("groups or leaves of the tree")
        if len(tree.parents) > 2_000:
            return "large tree"
        probabilities = tree.probabilities(np.ones((1, len(tree.parents)), np.float32))
        if not np.isin(probabilities, (0, 1)).all():
            raise Wrong("probabilities of the tree")
        return self._answer(case, tree=use["file"]) if use["run"] else "tree"

    def _answer(self, case: Case, names: str | None = None, tree: str = "") -> str:
        """A photograph classified by a network whose outputs may or may not be as many."""
        if any(character in tree for character in "\n #;\t"):
            return "a file that no cfg can name"
        outputs = case.use["outputs"]
        softmax = {"tree": tree} if tree else {}
        if case.use["spatial"]:
            softmax["spatial"] = "1"
        net = {"width": 4, "height": 4, "channels": 1}
        cfg = Cfg.build([("net", net), ("connected", {"output": outputs}), ("softmax", softmax)])
        network = Network.build(cfg)
        weights = Weights.initial(network, np.random.default_rng(0))
        with darknet.load(cfg, weights, names=names, engine="reference") as loaded:
            answer = loaded.classify(np.zeros((4, 4), np.uint8))
            if len(answer.top(outputs)) != outputs:
                raise Wrong("as many answers as outputs")
            answer.to_json(), str(answer), answer._repr_html_()
        return "answered"
