"""``darknet rig predict``: how fast a box is with a network, what holds it up, what would help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .options import json_option
from .rig_options import (
    Amount,
    Precision,
    cfg_argument,
    data_option,
    network_of,
    photos_of,
    precision_option,
    prices_of,
    prices_option,
    rig_option,
    use_option,
)

if TYPE_CHECKING:
    from ..rig import Prediction

__all__ = ["predict"]


@click.command(short_help="How fast a box is with a network, and what holds it up.")
@cfg_argument
@rig_option
@data_option
@use_option
@precision_option
@click.option("--batch", type=click.IntRange(1), metavar="N",
              help="Photographs at once, of a card. Default: the cfg's.")  # fmt: skip
@click.option("--cores", type=float, metavar="N", help="Cores that decode, instead of the box's.")
@click.option("--engine", metavar="NAME", help="Of a measured machine: openvino, onnxruntime, "
              "torch. Default: openvino; torch in training.")  # fmt: skip
@click.option("--decoded", is_flag=True, help="The photographs are kept decoded in memory.")
@click.option("--electricity", type=Amount, metavar="USD", help="Dollars a kWh.")
@prices_option
@click.option("--layers", is_flag=True, help="List every layer: its time, and its limit.")
@json_option
def predict(
    cfg: str,
    box: str,
    data: str | None,
    use: str,
    precision: Precision,
    batch: int | None,
    cores: float | None,
    engine: str | None,
    decoded: bool,
    electricity: float | None,
    prices: str | None,
    layers: bool,
    as_json: bool,
) -> None:
    """Predict images a second of CFG in a box, the days to the cfg's max_batches, and the money.

    Every speed is a range: of cards, nine of ten published speeds lie in theirs; of processors,
    links and disks it is assumed (docs/rig.md). The stage that binds is named, with what each
    remedy would bring (the model is run again with it). CFG is a file, or the name of a network.
    """
    from .. import rig

    request = rig.Request(
        network=network_of(cfg),
        box=rig.read_box(box, prices_of(prices)),
        photos=photos_of(data),
        training=use == "training",
        precision=precision,
        batch=batch,
        cores=cores,
        engine=engine,
        decoded=decoded,
    )
    _answer(rig.predict(request, electricity=electricity), layers, as_json)


def _answer(found: Prediction, layers: bool, as_json: bool) -> None:
    from ..rig import remedies
    from ..rig.words import aligned, layer_rows, predicted

    helping = remedies(found)
    if as_json:
        document = {**found.to_dict(), "remedies": [remedy.to_dict() for remedy in helping]}
        print(json.dumps(document, indent=1))
        return
    for line in predicted(found, helping):
        print(line)
    if layers:
        print()
        print("\n".join(aligned(layer_rows(found), left=(1, 8))))
