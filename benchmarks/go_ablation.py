"""What each part of the Go network's design is worth: small networks, the same positions.

    python benchmarks/go_ablation.py games.bin.xz [--batches 800] [--only NAME ...] [--json]

Every variant learns from the same positions in the same order (`darknet go train`, two processes of
one thread each), and is judged on the same 10,000 positions of the held-out games (`darknet go
valid`). Positions a second are told beside the accuracy, as what a part costs decides too: the
variants of width and depth do about the same work for a position.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

LAUNCH = (sys.executable, "-m", "torch.distributed.run", "--standalone")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A network and how it learns; what is not said is as in the base, 4 blocks of 64."""

    name: str
    planes: int = 16
    blocks: int = 4
    width: int = 64
    squeezed: tuple[int, ...] = ()
    value: bool = False
    history: bool = True
    optimizer: str = "muon"
    rate: float = 0.05
    decay: float = 0.025


VARIANTS = (
    Variant(name="base: 4 blocks of 64, 16 planes"),
    Variant(name="nesterov", optimizer="nesterov", rate=0.1, decay=0.0003),
    Variant(name="one plane", planes=1),
    Variant(name="no history: liberties alone", history=False),
    Variant(name="global pooling in two blocks", squeezed=(1, 3)),
    Variant(name="value head", value=True),
    Variant(name="7 blocks of 48", blocks=7, width=48),
    Variant(name="3 blocks of 72", blocks=3, width=72),
    Variant(name="2 blocks of 96", blocks=2, width=96),
    Variant(name="rate 0.1", rate=0.1),
    Variant(name="rate 0.025", rate=0.025),
)


@dataclass(frozen=True)
class Row:
    """A variant's result; accuracies in per cent, cost in multiplications and additions."""

    name: str
    parameters: int
    bflops: float
    top1: float
    top5: float
    positions_per_second: float


def conv(filters: int, size: int, activation: str, *, normalized: bool = True) -> str:
    """One [convolutional] section that keeps the board's size."""
    norm = "batch_normalize=1\n" if normalized else ""
    pad = "pad=1\n" if size > 1 else ""
    return (
        f"[convolutional]\n{norm}filters={filters}\nsize={size}\nstride=1\n{pad}"
        f"activation={activation}\n"
    )


def block(width: int, squeezed: bool) -> Iterator[str]:
    """Two convolutions and a shortcut; squeezed: scaled by what the whole board says."""
    yield conv(width, 3, "relu")
    yield conv(width, 3, "linear")
    if squeezed:  # J. Hu et al., arXiv:1709.01507
        yield "[avgpool]\n"
        yield conv(max(8, width // 4), 1, "relu", normalized=False)
        yield conv(width, 1, "logistic", normalized=False)
        yield "[scale_channels]\nfrom=-4\nactivation=linear\n"
    yield f"[shortcut]\nfrom={-7 if squeezed else -3}\nactivation=relu\n"


def cfg_text(variant: Variant, batches: int, batch: int) -> str:
    """The cfg of a variant, for processes that take `batch` of every 256 positions each."""
    parts = [
        f"[net]\nwidth=19\nheight=19\nchannels={variant.planes}\nbatch={batch}\nsubdivisions=1\n"
        f"optimizer={variant.optimizer}\nlearning_rate={variant.rate:g}\nmomentum=0.9\n"
        f"decay={variant.decay:g}\npolicy=cosine\npower=1\nburn_in={batches // 16}\n"
        f"max_batches={batches}\nrolling=.03\n",
        conv(variant.width, 5, "relu"),
    ]
    for number in range(variant.blocks):
        parts += block(variant.width, number in variant.squeezed)
    trunk = sum(part.count("[") for part in parts) - 2
    if variant.value:
        parts += [
            conv(16, 1, "relu"),
            "[avgpool]\n",
            "[connected]\noutput=1\nactivation=linear\n",
            "[logistic]\n",
            f"[route]\nlayers={trunk}\n",
        ]
    parts += [conv(1, 1, "linear", normalized=False)]
    parts += ["[reorg]\nstride=1\nextra=1\n", "[softmax]\n"]
    return "\n".join(parts)


def measured(variant: Variant, given: argparse.Namespace, folder: Path) -> Row:
    """Train and judge one variant."""
    cfg = folder / "net.cfg"
    cfg.write_text(cfg_text(variant, given.batches, 256 // given.processes))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    common = ("--data", given.games, "--backup", str(folder / "run"), "--seed", str(given.seed),
              *(() if variant.history else ("--forgotten", "1")))  # fmt: skip
    trained = answer(
        (*LAUNCH, f"--nproc-per-node={given.processes}", "-m", "darknet", "go", "train", str(cfg),
         *common, "--validate-every", "0", "--save-every", "1000000", "--json"),
        environment,
    )  # fmt: skip
    command = (sys.executable, "-m", "darknet")
    weights = str(folder / "run" / "net.weights")
    judged = answer(
        (*command, "go", "valid", given.games, str(cfg), weights, "--held-out", "0.4",
         "-n", str(given.positions), "--json", *(() if variant.history else ("--no-history",))),
        os.environ,
    )  # fmt: skip
    summary = answer((*command, "summary", str(cfg), "--json"), os.environ)
    return Row(
        variant.name,
        round(summary["parameters"]),
        summary["flops"] / 1e9,
        round(100 * judged["top1"], 2),
        round(100 * judged["top5"], 2),
        round(trained["images_per_second"]),
    )


def answer(command: tuple[str, ...], environment: object) -> dict[str, float]:
    """What a command prints as JSON; leaves with what it said where it fails."""
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Every variant, a line each as it is done, then the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("games", help="packed games")
    parser.add_argument("--batches", type=int, default=800, help="of 256 positions")
    parser.add_argument("--positions", type=int, default=10_000, help="to judge with")
    parser.add_argument("--processes", type=int, default=2, choices=(1, 2, 4, 8))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="variants that begin so")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    wanted = tuple(given.only or ("",))
    rows = []
    for variant in (one for one in VARIANTS if one.name.startswith(wanted)):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(variant, given, Path(folder)))
        print(_line(rows[-1]), file=sys.stderr, flush=True)
    if given.json:
        print(json.dumps({"batches": given.batches, "rows": [asdict(row) for row in rows]}))
    else:
        print("\n".join(("variant | parameters | BFLOPs | top-1 | top-5 | positions/s",
                         *map(_line, rows))))  # fmt: skip


def _line(row: Row) -> str:
    return (
        f"{row.name} | {row.parameters:,} | {row.bflops:.3f} | {row.top1:.1f} | {row.top5:.1f} | "
        f"{row.positions_per_second:,.0f}"
    )


if __name__ == "__main__":
    main()
