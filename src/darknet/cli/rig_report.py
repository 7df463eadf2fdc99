"""``darknet rig report``: a prediction to look at, with a roofline and the candidates to buy."""

from __future__ import annotations

import json
import sys
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
from .targets import check_target

if TYPE_CHECKING:
    from ..rig import Plan, Prediction

__all__ = ["report"]


@click.command(short_help="A prediction as pictures and a page.")
@cfg_argument
@rig_option
@data_option
@use_option
@precision_option
@prices_option
@click.option("--budget", type=Amount, metavar="USD",
              help="Also boxes to buy: cost against time.")  # fmt: skip
@click.option("--html", metavar="FILE", type=click.Path(), help="A page, all in one file.")
@click.option("--png", metavar="FILE", type=click.Path(), help="The pictures alone.")
@json_option
def report(
    cfg: str,
    box: str,
    data: str | None,
    use: str,
    precision: Precision,
    prices: str | None,
    budget: float | None,
    html: str | None,
    png: str | None,
    as_json: bool,
) -> None:
    """Draw what each stage lets through, where the time goes, the roofline, cost against time.

    With --html a page with the pictures, every table of darknet rig predict, the assumptions and
    the sources; with --png the pictures alone. Needs matplotlib.
    """
    from .. import rig
    from ..plot import check_installed

    if html is None and png is None:
        raise click.UsageError("which? --html FILE, --png FILE, or both")
    for target, flag, ending in ((html, "--html", ".html"), (png, "--png", ".png")):
        if target is not None:
            check_target(flag, target, ending, inputs=filter(None, (cfg, box, prices)))
    check_installed("darknet rig report")
    own = prices_of(prices)
    network, photos, training = network_of(cfg), photos_of(data), use == "training"
    request = rig.Request(
        network=network,
        box=rig.read_box(box, own),
        photos=photos,
        training=training,
        precision=precision,
    )
    found, bought = rig.predict(request), None
    if budget is not None:
        bought = rig.plan(
            network, budget, photos, precision=precision, training=training, prices=own
        )
    _write(found, bought, html, png)
    written = {"html": html, "png": png}
    if as_json:
        print(json.dumps({**written, "images_per_s": found.images_per_s.to_dict()}, indent=1))
    else:
        for target in filter(None, written.values()):
            print(f"{target}: written", file=sys.stderr)


def _write(found: Prediction, plan: Plan | None, html: str | None, png: str | None) -> None:
    from ..files import write_together
    from ..rig.charts import report as draw
    from ..rig.page import page

    picture = draw(found, plan)
    contents: list[tuple[str, bytes]] = []
    if html is not None:
        contents.append((html, page(found, plan, picture).encode()))
    if png is not None:
        contents.append((png, picture))
    write_together(contents)
