"""What `make demo` runs: the zoo's classic table, a network's layers, a photograph classified.

Tiny Darknet's trained weights are taken from darknet's cache, from the folder ../shared where it
exists, or downloaded (4 MB). `python examples/demo.py PHOTOGRAPH` classifies one of yours.
"""

from __future__ import annotations

import sys
from pathlib import Path

import darknet
from darknet import zoo
from darknet.cli import main
from darknet.cli.pictures import Pictures
from darknet.zoo.cache import Cache
from darknet.zoo.local import weights_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def demo() -> int:
    """Show the networks, then an answer, as a command line and as a picture."""
    for words in (["models", "--compare"], ["summary", "tiny"]):
        print(f"\n$ darknet {' '.join(words)}", flush=True)
        code = main(words)
        if code:
            return code
    photograph = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "images" / "dog.jpg"
    weights = _weights()
    if weights is None or not photograph.is_file():
        print("\nWith a photograph (and the network, for 4 MB of weights) this goes on with:")
        print("  python examples/demo.py PHOTOGRAPH")
        return 0
    print(f"\n$ darknet classify tiny {photograph.name}")
    with darknet.load("tiny", weights) as net:
        answer = net.classify(photograph)
        print(f"{photograph.name}: Predicted in {answer.seconds:.4f} seconds.\n{answer}")
        picture = Path("demo.png")
        Pictures(str(picture), several=False, sources=[], stdin=b"").save(answer, 5)
    print(f"\nDrawn in {picture.resolve()}")
    return 0


def _weights() -> Path | None:
    """Tiny Darknet's weights; None where there are none, and no network."""
    shared = SHARED / "weights" / "tiny" / "tiny.weights"
    model = zoo.named("tiny")
    if Cache.default().find(model.file) is None and shared.is_file():
        return shared
    try:
        return weights_of(model, tell=print)
    except darknet.DarknetError as error:
        print(f"\n{error}")
        return None


if __name__ == "__main__":
    raise SystemExit(demo())
