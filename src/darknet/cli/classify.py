"""``darknet classify`` and ``darknet classifier predict``: what is in these photographs?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import Unreadable, printable
from .options import (
    engine_options,
    fork_option,
    json_option,
    names_option,
    old_flags,
    preprocess_option,
    verbose_option,
)
from .words import (
    complete_network,
    network_or_default,
    network_words,
    own_weights,
    say_loaded,
)

if TYPE_CHECKING:
    from ..api import Net
    from ..archive import Encoded
    from ..cfg import Data
    from ..engines import Precision
    from ..layers import Fork
    from ..tasks.classify import Classification
    from .pictures import Pictures

    Answer = Classification | Unreadable

__all__ = ["classifier", "classify"]

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_TOP = 5


def _options(command: F) -> F:
    """The options that `classify` and `classifier predict` have in common."""
    for option in (
        engine_options,
        old_flags,
        verbose_option,
        json_option,
        fork_option,
        click.option("--save", metavar="PNG", help="Draw the photograph with its bars; for several "
                     "photographs a folder."),
        click.option("--batch", type=click.IntRange(1), default=1, show_default=True,
                     help="Photographs of equal size answered at once."),
        names_option,
        preprocess_option,
        click.option("-t", "--top", type=click.IntRange(1), metavar="N",
                     help=f"How many classes to print (default {DEFAULT_TOP})."),
    ):  # fmt: skip
        command = option(command)
    return command


def _words(metavar: str) -> Callable[[F], F]:
    """The network and the photographs, which network_words tells apart."""
    return click.argument(
        "words", metavar=metavar, nargs=-1, type=click.Path(allow_dash=True),
        shell_complete=complete_network,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asked for."""

    cfg: str
    weights: str
    images: tuple[str, ...]
    top: int | None
    preprocess: str | None
    names: str | None
    batch: int
    save: str | None
    fork: Fork | None
    as_json: bool
    verbose: bool
    engine: str
    precision: Precision
    threads: int


def _request(network: tuple[str, str | None, tuple[str, ...]], given: dict[str, Any]) -> Request:
    cfg, weights, images = network
    return Request(cfg=cfg, weights=weights or own_weights(cfg), images=images, **given)


@click.command(short_help="What is in these photographs?")
@_words("[CFG WEIGHTS | MODEL] [IMAGE]...")
@_options
def classify(words: tuple[str, ...], **given: Any) -> int:
    """Print the most probable classes of every IMAGE.

    MODEL is a network known by name (darknet models); its weights are fetched when they are needed
    first, and MODEL MY.weights takes others. Where no network is named, tiny answers if its weights
    are in the cache, and else tiny-cifar, whose weights come with the package.

    An IMAGE is a file, a folder, or a pattern in quotes; "-" reads a photograph from standard
    input. After a network without any, paths are read from standard input, one a line.
    """
    return _run(_request(network_or_default(words), given))


class _Classifier(click.Group):
    """The group, with the commands of cli/valid.py and cli/train.py when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "train", "valid"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "train":
            from .train import classifier_train

            return classifier_train
        if not cmd_name.startswith("valid"):
            return super().get_command(ctx, cmd_name)
        from .valid import COMMANDS

        return COMMANDS.get(cmd_name)


@click.group(
    cls=_Classifier,
    short_help="Classification, by Darknet's old names.",
    invoke_without_command=True,
)
@click.pass_context
def classifier(ctx: click.Context) -> None:
    """Classification with a .data file, as in C: darknet classifier predict, classifier valid."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


@classifier.command(short_help="darknet classify, with a .data file for the names.")
@click.argument("data", metavar="DATA", type=click.Path())
@_words("(CFG WEIGHTS | MODEL) [IMAGE]...")
@_options
def predict(data: str, words: tuple[str, ...], **given: Any) -> int:
    """Print the most probable classes of every IMAGE.

    DATA is a .data file; its names (or labels) and top count unless the options say otherwise.
    """
    from ..cfg import Data
    from ..names import list_in

    asked, file = _request(network_words(words), given), Data.read(data)
    top = file.integer("top", minimum=1)
    asked = replace(asked, names=asked.names or list_in(file), top=asked.top or top)
    return _run(asked, file)


def _run(asked: Request, file: Data | None = None) -> int:
    from .sources import STDIN, expanded, stdin_bytes

    sources = expanded(asked.images)
    stdin = stdin_bytes() if STDIN in sources else None
    net = _load(asked)
    if file is not None:
        file.check_classes(len(net.names), asked.cfg)
    pictures = _pictures(asked, sources, stdin)
    count = asked.top or DEFAULT_TOP
    with net:
        photographs = [
            stdin if stdin is not None and source == STDIN else source for source in sources
        ]
        answers = _answers(net, photographs, asked) if asked.images else _typed(net, asked)
        report = _Json(net, asked.cfg, asked.weights) if asked.as_json else _Lines()
        for answer in answers:
            report.add(answer, count)
            if pictures is not None and not isinstance(answer, Unreadable):
                pictures.save(answer, count)
        if asked.verbose:
            print(net.runner.describe(), file=sys.stderr)
    return report.end()


def _load(asked: Request) -> Net:
    from ..api import load

    net = load(
        asked.cfg,
        asked.weights,
        names=asked.names,
        engine=asked.engine,
        precision=asked.precision,
        threads=asked.threads,
        preprocess=asked.preprocess,
        fork=asked.fork,
    )
    if asked.verbose:
        say_loaded(net, asked.weights)
    net.classifier()  # refuses a network that plays Go, before anything is said of its classes
    if asked.names is None and not net.network.net.names:
        print("The names of the classes are not known: --names LIST gives them.", file=sys.stderr)
    return net


def _pictures(
    asked: Request, sources: list[str | Unreadable], stdin: Encoded | None
) -> Pictures | None:
    if asked.save is None:
        return None
    from .pictures import Pictures

    several = len(sources) != 1 or sources[0] not in asked.images
    files = [source for source in sources if isinstance(source, str)]
    return Pictures(asked.save, several, files, stdin)


def _answers(
    net: Net, photographs: Sequence[str | bytes | Unreadable], asked: Request
) -> Iterator[Answer]:
    from .progress import progress

    stream = net.classifier().stream(photographs, asked.batch)
    return progress(stream, len(photographs), "Classifying")


def _typed(net: Net, asked: Request) -> Iterator[Answer]:
    """Paths from standard input, each answered before the next is read."""
    from .sources import from_stdin

    prompt_on = sys.stdout if sys.stdout.isatty() and not asked.as_json else sys.stderr
    classifier = net.classifier()
    for source in from_stdin(prompt_on):
        yield from classifier.stream([source])


class _Lines:
    """Darknet's own lines, printed as the answers come."""

    def __init__(self) -> None:
        self._failed = False

    def add(self, answer: Answer, count: int) -> None:
        if isinstance(answer, Unreadable):
            self._failed = True
            print(f"darknet: {answer.error}", file=sys.stderr)
            return
        print(f"{printable(answer.source, 4096)}: Predicted in {answer.seconds:.4f} seconds.")
        for name, probability in answer.top(count):
            print(f"{printable(name, 1000)}: {probability:f}")
        sys.stdout.flush()

    def end(self) -> int:
        return 2 if self._failed else 0


class _Json:
    """One JSON document at the end."""

    def __init__(self, net: Net, cfg: str, weights: str) -> None:
        self._head = {
            "cfg": cfg,
            "weights": weights,
            "preprocess": net.classifier().method,
        }
        self._results: list[dict[str, Any]] = []

    def add(self, answer: Answer, count: int) -> None:
        if isinstance(answer, Unreadable):
            self._results.append({"source": answer.source, "error": str(answer.error)})
        else:
            self._results.append(answer.to_dict(count))

    def end(self) -> int:
        document = {**self._head, "results": self._results}
        print(json.dumps(document, indent=1))
        return 2 if any("error" in result for result in self._results) else 0
