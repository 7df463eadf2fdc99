"""``darknet classify`` and ``darknet classifier predict``: what is in these photographs?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .options import engine_options, json_option, old_flags, verbose_option

if TYPE_CHECKING:
    from ..api import Net
    from ..cfg import Data
    from ..errors import ImageError
    from ..tasks.classify import Classification
    from .pictures import Pictures

    Answer = Classification | tuple[str, ImageError]

__all__ = ["classifier", "classify"]

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_TOP = 5


def _predict_options(command: F) -> F:
    """What `classify` and `classifier predict` have in common."""
    for option in (
        engine_options,
        old_flags,
        verbose_option,
        json_option,
        click.option("--fork", type=click.Choice(["pjreddie", "alexeyab"]), help="Whose arithmetic "
                     "counts where the two Darknets differ (default: guessed from the cfg)."),
        click.option("--save", metavar="PNG", help="Draw the photograph with its bars; for several "
                     "photographs a folder."),
        click.option("--batch", type=click.IntRange(1), default=1, show_default=True,
                     help="Photographs of equal size answered at once."),
        click.option("--names", metavar="LIST", help="Class list: a file, or a shipped one "
                     "(imagenet). Default: what the cfg or .data file says."),
        click.option("--preprocess", type=click.Choice(["whole", "letterbox", "crop", "square"]),
                     help="How a photograph is brought to size. whole: shorter side to the "
                     "network's, the network resized to it (the classic of 2016; default where the "
                     "network allows). letterbox: fitted in, grey around (pjreddie's today). crop: "
                     "shorter side, then the middle (AlexeyAB's; default otherwise). square: the "
                     "middle square, resized (classifier valid)."),
        click.option("-t", "--top", type=click.IntRange(1), metavar="N",
                     help=f"How many classes to print (default {DEFAULT_TOP})."),
        click.argument("images", metavar="[IMAGE]...", nargs=-1),
        click.argument("weights", metavar="WEIGHTS"),
        click.argument("cfg", metavar="CFG"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(short_help="What is in these photographs?")
@_predict_options
def classify(**given: Any) -> int:
    """Print the most probable classes of every IMAGE.

    An IMAGE is a file, a folder, or a pattern in quotes; "-" reads a photograph from standard
    input. Without any, paths are read from standard input, one a line.
    """
    return _run(None, **given)


@click.group(short_help="Classification, by Darknet's old names.")
def classifier() -> None:
    """Classification with a .data file, as in C: darknet classifier predict."""


@classifier.command(short_help="darknet classify, with a .data file for the names.")
@click.argument("data", metavar="DATA")
@_predict_options
def predict(data: str, **given: Any) -> int:
    """Print the most probable classes of every IMAGE.

    DATA is a .data file; its names and top count unless the options say otherwise.
    """
    from ..cfg import Data

    return _run(Data.read(data), **given)


def _run(
    data: Data | None,
    cfg: str,
    weights: str,
    images: tuple[str, ...],
    top: int | None,
    as_json: bool,
    save: str | None,
    batch: int,
    verbose: bool,
    **loading: Any,
) -> int:
    from .sources import expanded

    if data is not None:
        names = data.path("names")
        loading["names"] = loading["names"] or (names and str(names))
        top = top or data.integer("top", minimum=1)
    sources = expanded(images)
    stdin = sys.stdin.buffer.read() if "-" in sources else b""
    net = _load(cfg, weights, verbose, **loading)
    pictures = _pictures(save, len(sources), stdin)
    with net:
        photographs = [stdin if source == "-" else source for source in sources]
        answers = _answers(net, photographs, batch) if images else _answers_to_stdin(net)
        report = _Json(net, weights) if as_json else _Lines()
        for answer in answers:
            report.add(answer, top or DEFAULT_TOP)
            if pictures is not None and not isinstance(answer, tuple):
                pictures.save(answer, top or DEFAULT_TOP)
        if verbose:
            print(net.runner.describe(), file=sys.stderr)
    return report.end()


def _load(cfg: str, weights: str, verbose: bool, **loading: Any) -> Net:
    from ..api import load

    net = load(cfg, weights, **loading)
    if verbose:
        from ..table import table

        print(table(net.network), file=sys.stderr)
        print(f"Loading weights from {weights}...Done!", file=sys.stderr)
    return net


def _pictures(save: str | None, count: int, stdin: bytes) -> Pictures | None:
    if save is None:
        return None
    from .pictures import Pictures

    return Pictures(save, several=count != 1, stdin=stdin)


def _answers(net: Net, sources: list[str | bytes], batch: int) -> Iterator[Answer]:
    from .progress import progress

    return progress(net.classifier().stream(sources, batch), len(sources), "Classifying")


def _answers_to_stdin(net: Net) -> Iterator[Answer]:
    """Paths from standard input, each answered before the next is read."""
    from .sources import from_stdin

    classifier = net.classifier()
    for source in from_stdin():
        yield from classifier.stream([source])


class _Lines:
    """Darknet's own lines, printed as the answers come."""

    def __init__(self) -> None:
        self._failed = False

    def add(self, answer: Answer, count: int) -> None:
        if isinstance(answer, tuple):
            self._failed = True
            print(f"darknet: {answer[1]}", file=sys.stderr)
            return
        print(f"{answer.source or '-'}: Predicted in {answer.seconds:.4f} seconds.")
        for name, probability in answer.top(count):
            print(f"{name}: {probability:f}")
        sys.stdout.flush()

    def end(self) -> int:
        return 2 if self._failed else 0


class _Json:
    """One JSON document at the end."""

    def __init__(self, net: Net, weights: str) -> None:
        self._head = {
            "cfg": net.network.cfg.label,
            "weights": weights,
            "preprocess": net.classifier().method,
        }
        self._results: list[dict[str, Any]] = []

    def add(self, answer: Answer, count: int) -> None:
        if isinstance(answer, tuple):
            self._results.append({"source": answer[0] or "-", "error": str(answer[1])})
        else:
            found = answer.to_dict(count)
            self._results.append({**found, "source": answer.source or "-"})

    def end(self) -> int:
        document = {**self._head, "results": self._results}
        print(json.dumps(document, indent=1, ensure_ascii=False))
        return 2 if any("error" in result for result in self._results) else 0
