"""Boxes for a budget: what is bought, why, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknet.errors import InputError
from darknet.network import Network
from darknet.rig import Plan, check_box, plan, read_prices
from darknet.rig.assembly import rated_watts
from darknet.rig.check import MARGIN, worst
from darknet.rig.money import price_of_box
from darknet.zoo import read_cfg


@pytest.fixture(scope="module")
def resnet() -> Network:
    return Network.build(read_cfg("resnet50"))


@pytest.fixture(scope="module")
def found(resnet: Network) -> Plan:
    return plan(resnet, 5000)


def test_boxes_are_bought_whole_and_fit(found: Plan):
    assert len(found.candidates) >= 5
    for one in (*found.candidates, *found.beyond):
        assert worst(check_box(one.box)) != "fails"
        usd, unpriced = price_of_box(one.box)
        assert (one.usd, unpriced) == (usd, ())
        box = one.box
        assert box.psu is not None
        assert box.psu.watts is not None
        assert box.psu.watts.value >= MARGIN * rated_watts(box)
        assert box.ram_gb is not None
        assert box.vram_gb is not None
        assert box.ram_gb >= box.vram_gb


def test_the_budget_is_kept_and_the_fastest_comes_first(found: Plan):
    assert all(one.usd <= 5000 for one in found.candidates)
    assert all(one.usd > 5000 for one in found.beyond)
    speeds = [one.images_per_s for one in found.candidates]
    assert speeds == sorted(speeds, reverse=True)
    best = found.best(3)
    assert best[0] is found.candidates[0]
    assert len({one.box.label for one in best}) == 3


def test_the_frontier_rises(found: Plan):
    pairs = [(one.usd, one.images_per_s) for one in found.frontier]
    assert pairs == sorted(pairs)
    assert len({speed for _, speed in pairs}) == len(pairs)


def test_reasons_are_those_of_the_guide(found: Plan):
    reasons = " / ".join(found.candidates[0].reasons)
    for words in ("GFLOPS a dollar", "holds", "GB of memory for", "W for", "held up by"):
        assert words in reasons


def test_unknown_prices_are_not_bought(found: Plan):
    assert found.left_out["Tesla T4"] == "its price is unknown"
    assert found.left_out["GTX 980"] == "its newest price is of 2014"
    assert found.left_out["A100 SXM4 40GB"] == "no card for a board of one's own"
    assert found.left_out["A100 PCIe 40GB"] == "it has no fan: it needs a server"
    bought = {one.box.gpus[0].gpu.name for one in (*found.candidates, *found.beyond)}
    assert not bought & set(found.left_out)


def test_an_own_price_makes_a_card_buyable(resnet: Network, tmp_path: Path):
    (tmp_path / "p.toml").write_text('[prices]\n"GTX 1080 Ti" = 50\n')
    own = read_prices(tmp_path / "p.toml")
    cheap = plan(resnet, 5000, prices=own)
    assert any(one.box.gpus[0].gpu.name == "GTX 1080 Ti" for one in cheap.candidates)
    assert "GTX 1080 Ti" not in cheap.left_out


def test_more_money_is_never_slower(resnet: Network, found: Plan):
    more = plan(resnet, 10_000)
    assert more.candidates[0].images_per_s >= found.candidates[0].images_per_s


def test_a_network_that_decoding_holds_up_gets_more_cores(found: Plan):
    light = plan(Network.build(read_cfg("darknet")), 5000, precision="half")
    assert (light.candidates[0].box.cores or 0) > (found.candidates[0].box.cores or 0)


@pytest.mark.parametrize("budget", [0, -5, float("nan"), float("inf")])
def test_budgets_that_are_none(resnet: Network, budget: float):
    with pytest.raises(InputError, match="expected more than 0 dollars"):
        plan(resnet, budget)


def test_too_little_money(resnet: Network):
    with pytest.raises(InputError, match=r"budget=100: the cheapest box costs [\d,]+ dollars"):
        plan(resnet, 100)
    with pytest.raises(InputError, match="no card has a price"):
        plan(resnet, 5000, since=2100)
