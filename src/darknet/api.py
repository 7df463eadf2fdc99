"""What a program imports: `load` and the `Net` that it gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

from .cfg import Cfg
from .engines import DEFAULT, Precision, Settings
from .errors import InputError, Unreadable
from .layers import Fork
from .log import tell
from .names import Numbered, fitting, load_names, names_in
from .network import Network
from .preprocess import Views, checked_method
from .runner import Runner
from .tasks.classify import ONE_VIEW, Classification, Classifier
from .weights import Array, Weights, unloaded
from .zoo import find, read_cfg

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .export import Exported
    from .image import Source
    from .labelled import Labelled
    from .tasks.scores import Validation
    from .tasks.valid import Validator
    from .visualize import Sort, Visualization
    from .zoo import Model

__all__ = ["Net", "load"]


class Net:
    """A network with its weights, ready to answer. Made by `load`.

    All methods may be called from several threads.
    """

    def __init__(
        self,
        runner: Runner,
        names: Sequence[str],
        preprocess: str | None,
        files: Sequence[str] = (),
    ) -> None:
        self._runner = runner
        self._files = files
        self._preprocess = preprocess
        self.names = names
        """The classes in the order of the outputs ("class 0" ... where they are not known)."""

    @property
    def network(self) -> Network:
        """The layers: shapes, parameters, cost."""
        return self._runner.network

    @property
    def weights(self) -> Weights:
        """The arrays, by layer and name."""
        return self._runner.weights

    @property
    def runner(self) -> Runner:
        """What runs it: engines by shape."""
        return self._runner

    def predict(self, batch: ArrayLike) -> Array | list[Array]:
        """The network's answer for a batch.

        `batch` is N x channels x height x width (or N x inputs for a network without an image),
        converted to float32. The answer is (N, n) where the output layer's values are a vector
        and (N, channels, height, width) where they are an image; with several output layers it is
        a list of such arrays in network order.

        Raises InputError when the shape does not fit.
        """
        return self._runner.predict(batch)

    @overload
    def classify(
        self,
        source: list[Source] | tuple[Source, ...],
        *,
        preprocess: str | None = ...,
        batch: int = ...,
    ) -> list[Classification]: ...

    @overload
    def classify(
        self, source: Source, *, preprocess: str | None = ..., batch: int = ...
    ) -> Classification: ...

    def classify(
        self,
        source: Source | list[Source] | tuple[Source, ...],
        *,
        preprocess: str | None = None,
        batch: int = 1,
    ) -> Classification | list[Classification]:
        """What is in a photograph.

        `source` is a path, an encoded file's bytes, a file opened with "rb", a PIL image, an array
        (height x width x 3, RGB, uint8 or floats 0..1), or a list of those, which gives a list.
        `preprocess` is
        "whole", "letterbox", "crop", "square" or "area" (see darknet.preprocess); None means what
        `load` was told, or the network's default. `batch` is how many of a list are answered at
        once.

        Raises ImageError for the first one that cannot be read.
        """
        classifier = self.classifier(preprocess)
        if not isinstance(source, list | tuple):
            return classifier.one(source)
        answers = []
        for answer in classifier.stream(source, batch):
            if isinstance(answer, Unreadable):
                raise answer.error
            answers.append(answer)
        return answers

    def classifier(self, preprocess: str | None = None, views: Views = ONE_VIEW) -> Classifier:
        """The classification task over this network, for streams of photographs.

        `views` is how often each is looked at (see darknet.preprocess). Raises InputError for a
        model that plays Go.
        """
        model = find(self._files[0]) if self._files else None
        if model is not None and model.plays_go:
            raise InputError(f"{model.name}: plays Go; darknet go suggest answers for a position")
        method = checked_method(preprocess or self._preprocess, self.network)
        return Classifier(self._runner, self.names, method, views)

    def validate(
        self,
        data: str | os.PathLike[str] | Labelled,
        *,
        top: int | None = None,
        preprocess: str | None = None,
        crops: int = 1,
        flip: bool = False,
        batch: int = 1,
        limit: int | None = None,
    ) -> Validation:
        """How well photographs are answered whose classes are known.

        `data` is a folder or tar archive of folders named after the classes, a .data file, a list
        of photographs or a manifest (see `darknet.labelled`). `top` is the k of top-k, None what a
        .data file says, or 5. `crops` 5 or 10 averages corners and middle, 10 with mirror images;
        `flip` adds the mirror image. `limit` takes that many photographs, evenly spread.

        A photograph that cannot be read is in the result's `unreadable` and counts for nothing.
        Raises InputError for photographs without a class, or with two.
        """
        validator = self.validator(
            data, top=top, preprocess=preprocess, crops=crops, flip=flip, batch=batch, limit=limit
        )
        for _ in validator.run():
            pass
        return validator.result()

    def validator(
        self,
        data: str | os.PathLike[str] | Labelled,
        *,
        top: int | None = None,
        preprocess: str | None = None,
        crops: int = 1,
        flip: bool = False,
        batch: int = 1,
        limit: int | None = None,
    ) -> Validator:
        """What `validate` runs, to be watched: iterate over its `run`, then ask for `result`."""
        from .labelled import Labelled, read_labelled
        from .tasks.valid import Validator

        views = Views.of(crops, flip)
        if views.crops > 1 and preprocess not in (None, "crop"):
            raise InputError(
                f"preprocess={preprocess}: {crops} crops are cut in their own way; leave it away"
            )
        classifier = self.classifier("crop" if views.crops > 1 else preprocess, views)
        found = (
            data if isinstance(data, Labelled) else read_labelled(_path(data, "data"), self.names)
        )
        found = found if limit is None else found.spread(limit)
        return Validator(classifier, found, top=top, batch=batch)

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        batch: int | Literal["free"] | None = None,
        fold: bool | None = None,
        half: bool = False,
        check: bool = True,
    ) -> Exported:
        """Write the network for other programs: .onnx, .xml (OpenVINO IR) or .safetensors.

        The file is run and compared with numpy before it takes its place; see
        `darknet.export.export` for the options and errors.
        """
        from . import __version__
        from .export import export

        return export(
            self.network,
            self.weights,
            _path(path, "path"),
            batch=batch,
            fold=fold,
            half=half,
            check=check,
            names=None if isinstance(self.names, Numbered) else self.names,
            preprocess=self._preprocess,
            inputs=self._files,
            producer=("darknet-python", __version__),
        )

    def visualize(
        self,
        source: Source | None = None,
        *,
        layers: Sequence[int] | None = None,
        sort: Sort = "energy",
        preprocess: str | None = None,
    ) -> Visualization:
        """The network's filters, or with a photograph what its layers make of that.

        `layers` are numbers of layers, negative ones from the end; by default the first that has
        filters, and of a photograph the last convolution of every size. `sort` orders filters:
        "energy", "hue" or "index". `preprocess` is as for `classify`. The answer shows itself in a
        notebook, and has `png`, `save(path)` and `planes`, the arrays.

        Raises ImageError for a photograph that cannot be read, InputError for a layer that is not
        there.
        """
        from .visualize import show_filters, show_maps

        if source is None:
            return show_filters(self._runner, layers, sort)
        method = checked_method(preprocess or self._preprocess, self.network)
        return show_maps(self._runner, self.names, method, source, layers)

    def close(self) -> None:
        """Let go of the engines' memory and threads."""
        self._runner.close()

    def __enter__(self) -> Net:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def __repr__(self) -> str:
        network = self.network
        return (
            f"<darknet.Net {network.cfg.label}: {len(network.nodes)} layers, "
            f"{network.parameters:,} parameters, {network.flops / 1e9:.3f} BFLOPs>"
        )


def load(
    cfg: str | os.PathLike[str] | Cfg | None = None,
    weights: str | os.PathLike[str] | Weights | None = None,
    *,
    names: str | os.PathLike[str] | Sequence[str] | None = None,
    engine: str = DEFAULT,
    precision: Precision = "auto",
    threads: int = 0,
    preprocess: str | None = None,
    fork: Fork | None = None,
    cutoff: int | None = None,
) -> Net:
    """Read a network and its weights.

    cfg: a file, or a model's name ("tiny"; `darknet.zoo.models` has them all). A model needs no
    weights: its own are taken from the package or the cache, and fetched when they are not there.
    Without cfg and weights it is "tiny" where that is in the cache, else "tiny-cifar", which comes
    with the package; the log says which.
    names: a class list's file or shipped name ("imagenet"), or the names themselves; None takes
    what the cfg says (``names=`` in [net]).
    engine, precision, threads: see `darknet.engines`; 0 threads means every core.
    preprocess: how photographs are brought to size; None is the model's or network's default.
    fork: "pjreddie" or "alexeyab", whose arithmetic counts where the two differ; None guesses.
    cutoff: read weights only for the layers before this one.

    Raises a DarknetError that says what is wrong, where, and what to do.
    """
    settings = Settings(precision, threads)
    if cfg is None:
        cfg = _default(weights)
    model = None if isinstance(cfg, Cfg) else find(_path(cfg, "cfg"))
    network = Network.build(cfg if isinstance(cfg, Cfg) else read_cfg(cfg), fork=fork)
    for line in network.warnings:
        tell(line)
    if weights is None:
        weights = _weights_of(model)
    files = [os.fsdecode(file) for file in (cfg, weights) if isinstance(file, str | os.PathLike)]
    if isinstance(weights, Weights):
        weights.check(network)
    else:
        weights = Weights.read(_path(weights, "weights"), network, cutoff=cutoff)
        for line in _random(network, cutoff):
            tell(line)
    if preprocess is not None:
        checked_method(preprocess, network)
    elif model is not None:
        preprocess = model.preprocess or None
    runner = Runner(network, weights, engine=engine, settings=settings)
    return Net(runner, _names(network, names), preprocess, files)


def _default(weights: object) -> str:
    """The network that is taken where none is named; the log hears which."""
    if weights is not None:
        raise InputError("cfg: missing; expected the network that the weights are of")
    from .zoo.local import default_model

    model, line = default_model()
    tell(line)
    return model.name


def _weights_of(model: Model | None) -> os.PathLike[str]:
    if model is None:
        raise InputError("weights: missing; expected a path (only a model's name goes without)")
    from .zoo.local import weights_of

    return weights_of(model)


def _path(given: object, what: str) -> str:
    if not isinstance(given, str | os.PathLike):
        raise InputError(f"{what}: got {type(given).__name__}; expected a path")
    return os.fsdecode(given)


def _names(network: Network, names: str | os.PathLike[str] | Sequence[str] | None) -> Sequence[str]:
    shape = network.outputs[0].output
    outputs = shape.size if shape.is_vector else shape.channels
    if names is None and not network.net.names:
        return Numbered(outputs)
    if names is None:
        return names_in(network.cfg, network.net.names, outputs)
    if isinstance(names, str | os.PathLike):
        label = os.fspath(names)
        found = load_names(names)
    elif isinstance(names, Sequence) and not isinstance(names, bytes | bytearray):
        label, found = "names", tuple(map(str, names))
    else:
        raise InputError(f"names: got {type(names).__name__}; expected a path or a list of names")
    return fitting(found, outputs, label)


def _random(network: Network, cutoff: int | None) -> list[str]:
    """A line for whatever has random weights, as no file gave them."""
    lines = [
        f"{node.label}:{node.line}: layer {node.index} has dontload=1: its weights are random"
        for node in unloaded(network)
    ]
    if cutoff is not None:
        lines.append(f"{network.cfg.label}: layers from {cutoff} on are not read: random weights")
    return lines
