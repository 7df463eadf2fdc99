"""The fit to published speeds, and how far off the predictor is for cards that it left out."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from darknet.errors import InputError
from darknet.rig.efficiency import Efficiency, fitted
from darknet.rig.facts import built_in
from darknet.rig.fit import PRIOR, Table, as_toml, fit
from darknet.rig.fit import _vector as vector
from darknet.rig.left_out import Left, chip, leave_one_out, spread_of, summary
from darknet.rig.reference import reference_network
from darknet.rig.reference_speeds import predicted, rows


def test_the_fits_formulas_are_the_predictors():
    speeds = Table(rows()).speeds(vector(PRIOR))
    for row, speed in zip(rows(), speeds, strict=True):
        assert predicted(row, PRIOR) == pytest.approx(speed, rel=1e-12), str(row)


def test_a_fit_finds_what_speeds_were_made_with():
    """Rows whose speeds the model made itself, with other efficiencies than it starts from."""
    made = replace(
        PRIOR, memory=0.6, launch_seconds=4e-5, f32={**PRIOR.f32, "conv3x3": 1.5, "conv": 0.3}
    )
    given = [replace(row, images_per_s=predicted(row, made)) for row in rows()]
    found = fit(given)
    errors = [log(predicted(row, found) / row.images_per_s) for row in given]
    assert max(map(abs, errors)) < 0.05
    assert found.memory == pytest.approx(0.6, rel=0.05)
    assert found.f32["conv3x3"] == pytest.approx(1.5, rel=0.1)


def test_reference_networks_are_those_that_were_measured():
    parameters = {"resnet18": 11.69e6, "resnet50": 25.56e6, "vgg16": 138.36e6, "alexnet": 60.97e6}
    flops = {"resnet18": 3.6e9, "resnet50": 8.2e9, "vgg16": 31e9, "alexnet": 1.43e9}
    for name, count in parameters.items():
        net = reference_network(name)
        counted = sum(
            s.size for node in net.nodes for s in node.weights if s.role not in ("mean", "variance")
        )
        assert counted == pytest.approx(count, rel=0.002), name
        assert net.flops == pytest.approx(flops[name], rel=0.05), name
    with pytest.raises(InputError, match='resnet51; did you mean "resnet50"'):
        reference_network("resnet51")


def test_what_is_shipped_can_be_read_and_says_what_it_was_fitted_to():
    written = built_in("efficiency.toml")
    assert written["fitted"]["rows"] == len(rows())
    assert written["fitted"]["cards"] == len({row.gpu.name for row in rows()})
    given = fitted()
    assert all(0 < share <= 2.25 for share in given.f32.values())
    assert all(0 < share <= 1 for share in (*given.tensor.values(), given.memory))
    assert 1 < given.spread < 1.5
    again = Efficiency.from_dict(_parsed(as_toml(given, rows(), "2026-01-01")))
    assert again.memory == pytest.approx(given.memory, rel=1e-5)


def _parsed(text: str) -> dict[str, object]:
    import tomllib

    return tomllib.loads(text)


def test_spreads_and_summaries():
    assert spread_of([log(1.1)] * 10) == 1.2  # not below that
    assert spread_of([log(2)] * 10) == pytest.approx(2)
    row = rows()[0]
    left = [Left(row, row.images_per_s * times, 1.5) for times in (1.0, 1.4, 1.6, 0.5)]
    found = summary(left)
    assert (found["rows"], found["within_1_5"], found["inside_range"]) == (4, 0.5, 0.5)
    assert found["worst_factor"] == pytest.approx(2)


@pytest.mark.slow
def test_what_is_shipped_is_the_fit():
    again, given = fit(rows()), fitted()
    for side in ("f32", "tensor"):
        assert getattr(again, side) == pytest.approx(getattr(given, side), rel=1e-3)
    assert again.memory == pytest.approx(given.memory, rel=1e-3)
    assert again.launch_seconds == pytest.approx(given.launch_seconds, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("key", [None, chip], ids=["cards", "chips"])
def test_the_aims_for_cards_that_were_left_out(key: object):
    left = leave_one_out(rows()) if key is None else leave_one_out(rows(), chip)
    aims = summary([one for one in left if one.row.goal])
    assert aims["rows"] == 12
    assert aims["within_1_5"] >= 0.8
    assert aims["inside_range"] >= 0.9
    every = summary(left)
    assert every["within_1_5"] >= 0.8
    assert every["inside_range"] >= 0.9
    flops = [abs(log(one.row.by_flops(0.5) / one.row.images_per_s)) for one in left]
    assert np.mean(flops) > 2 * np.mean([abs(one.error) for one in left])


def test_the_aims_rows_are_those_of_the_field(shared: object):
    """Titan X, 1080 Ti, V100, A100; AlexNet, ResNet-18, ResNet-50, VGG-16."""
    aims = [row for row in rows() if row.goal]
    assert {row.network for row in aims} == {"alexnet", "resnet18", "resnet50", "vgg16"}
    titan = {row.network: round(row.images_per_s) for row in aims if "Titan X" in row.gpu.name}
    assert titan == {"alexnet": 732, "resnet18": 311, "resnet50": 100, "vgg16": 83}
