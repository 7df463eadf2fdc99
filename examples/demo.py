"""What `make demo` runs: the layer table of Tiny Darknet, and a photograph classified with it.

Its trained weights are looked for in the folder ../shared, or where DARKNET_TINY_WEIGHTS says.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import darknet
from darknet.cli import main
from darknet.cli.pictures import Pictures

ROOT = Path(__file__).resolve().parent.parent
CFG = ROOT / "cfg" / "tiny.cfg"
DATA = ROOT.parent / "shared" / "data"


def demo() -> int:
    """Show the network, then its answer, as a command line and as a picture."""
    print("$ darknet summary cfg/tiny.cfg", flush=True)
    code = main(["summary", str(CFG)])
    weights = Path(os.environ.get("DARKNET_TINY_WEIGHTS", DATA / "weights/tiny/tiny.weights"))
    photograph = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "images" / "dog.jpg"
    if not (weights.is_file() and photograph.is_file()):
        print(
            "\nNo trained model comes with this package yet. To see Tiny Darknet answer, fetch its"
            "\nweights (tiny.weights, 4 MB, pjreddie.com/darknet/tiny-darknet), then:"
            "\n  DARKNET_TINY_WEIGHTS=tiny.weights python examples/demo.py PHOTOGRAPH"
        )
        return code
    print(f"\n$ darknet classify cfg/tiny.cfg {weights.name} {photograph.name}")
    with darknet.load(CFG, weights) as net:
        answer = net.classify(photograph)
        print(f"{photograph.name}: Predicted in {answer.seconds:.4f} seconds.\n{answer}")
        picture = Path("demo.png")
        Pictures(str(picture), several=False, sources=[], stdin=b"").save(answer, 5)
    print(f"\nDrawn in {picture.resolve()}")
    return code


if __name__ == "__main__":
    raise SystemExit(demo())
