"""What `make demo` runs: photographs, classified by the network that comes with the package.

    python examples/demo.py                  the photographs that are at hand, drawn as demo.png
    python examples/demo.py PHOTOGRAPH...    yours

Nothing is downloaded. The extra `demo` brings scikit-image, whose wheel has a few photographs that
anybody may use; it is not imported, only its folder is looked into. Tiny Darknet, which knows a
thousand classes, answers too where its weights are in darknet's cache or in ../shared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import darknet
from darknet import zoo
from darknet.cli import main
from darknet.files import write_atomic
from darknet.image import open_image
from darknet.preprocess import prepare
from darknet.zoo.cache import Cache
from poster import Answers, Row, drawn

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
PICTURE = Path("demo.png")
EMBEDDED = "tiny-cifar"
TOP = 5
IN_THE_WHEEL = {  # with what scikit-image's own documentation says of each (skimage.data)
    "chelsea.png": ("Chelsea, a cat", "Stefan van der Walt, CC0"),
    "horse.png": ("a horse, as a silhouette", "Andreas Preuss, CC0"),
    "rocket.jpg": ("a rocket: none of the ten", "SpaceX, public domain"),
}
IN_SHARED = {"dog.jpg": "a dog", "eagle.jpg": "a bird", "horses.jpg": "horses"}


@dataclass(frozen=True)
class Photograph:
    """A file, what is in it, and whose it is."""

    path: Path
    caption: str
    credit: str


def demo(words: list[str]) -> int:
    """Show the network, answer the photographs, draw the answers; the exit code."""
    started = time.perf_counter()
    photographs = [Photograph(Path(word), "", word) for word in words] or at_hand()
    if not photographs:
        print(
            'No photograph is at hand. pip install -e ".[demo]" -c constraints.txt brings some, or '
            "name yours: python examples/demo.py PHOTOGRAPH",
            file=sys.stderr,
        )
        return 2
    for command in (["models", "--compare"], ["summary", EMBEDDED]):
        print(f"\n$ darknet {' '.join(command)}", flush=True)
        code = main(command)
        if code:
            return code
    try:
        rows = answered(photographs)
        write_atomic(PICTURE, drawn(rows, about()))
    except darknet.DarknetError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    seconds = time.perf_counter() - started
    print(f"\nDrawn in {PICTURE.resolve()} ({seconds:.1f} seconds in all)")
    return 0


def at_hand() -> list[Photograph]:
    """The photographs of this machine: scikit-image's, and those of ../shared where that is."""
    found = []
    spec = find_spec("skimage")  # finds the folder and imports nothing
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name, (caption, credit) in IN_THE_WHEEL.items():
            credit = f"{name}: {credit}, from scikit-image"
            found.append(Photograph(Path(folder) / "data" / name, caption, credit))
    for name, caption in IN_SHARED.items():
        found.append(Photograph(SHARED / "images" / name, caption, f"{name}: Darknet's"))
    return [each for each in found if each.path.is_file()]


def answered(photographs: list[Photograph]) -> list[Row]:
    """A row of the poster for each photograph; the answers are printed as they come."""
    answers: dict[Path, list[Answers]] = {each.path: [] for each in photographs}
    for name, weights in networks():
        with darknet.load(name, weights) as net:
            for path in answers:
                print(f"\n$ darknet classify {name} {path.name}", flush=True)
                answer = net.classify(path)
                print(f"{path.name}: Predicted in {answer.seconds:.4f} seconds.\n{answer}")
                heading = f"{name}: one of {len(net.names):,} classes"
                answers[path].append(Answers(heading, answer.top(TOP)))
    return [row(photograph, answers[photograph.path]) for photograph in photographs]


def row(photograph: Photograph, answers: list[Answers]) -> Row:
    """A photograph's row, with what the embedded network gets of it."""
    net = zoo.named(EMBEDDED).network().input
    pixels = open_image(photograph.path)
    image = prepare(pixels, net.width, net.height, "area").transpose(1, 2, 0)
    seen = np.rint(255 * image).astype(np.uint8)
    return Row(pixels, photograph.caption, photograph.credit, seen, EMBEDDED, answers)


def networks() -> Iterator[tuple[str, Path | None]]:
    """tiny-cifar, and tiny where its weights are on this machine: the names, and the files."""
    yield EMBEDDED, None
    cached = Cache.default().find(zoo.named("tiny").file)
    shared = SHARED / "weights" / "tiny" / "tiny.weights"
    if cached is not None or shared.is_file():
        yield "tiny", cached or shared


def about() -> str:
    """The network in one line."""
    model = zoo.named(EMBEDDED)
    net = model.network()
    facts = [
        f"{EMBEDDED}: {len(net.nodes)} layers",
        f"{net.parameters:,} parameters",
        f"{net.weights_bytes / 1e6:.1f} MB",
        *(f"{score.top1:.1f} % right on {score.data}" for score in model.measured[:1]),
    ]
    return ", ".join(facts)


if __name__ == "__main__":
    raise SystemExit(demo(sys.argv[1:]))
