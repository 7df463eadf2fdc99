"""Rig files, good and bad; whether the parts of a box fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknet.errors import InputError
from darknet.rig import check_box, read_box
from darknet.rig.catalogue import find_gpu
from darknet.rig.check import worst
from darknet.rig.measure import to_toml
from darknet.rig.measured import Measured
from darknet.rig.money import money_of, price_of_box
from darknet.rig.ranges import Range
from rigs import box_of, measured

TITANS = '[[gpus]]\nname = "Titan X"\ncount = {}\n'
X99 = 'cpu = "i7-5820K"\nboard = "GA-X99-UD3P"\n'


def states(folder: Path, text: str) -> dict[str, str]:
    return {one.what: one.state for one in check_box(box_of(folder, text))}


def why(folder: Path, text: str, what: str) -> str:
    found = {one.what: one.why for one in check_box(box_of(folder, text))}
    return found[what]


def test_the_guides_own_box():
    box = read_box("guide")
    found = {one.what: one for one in check_box(box)}
    assert len(box.cards) == 4
    assert (box.ram_gb, box.vram_gb, box.cores) == (32, 48, 6)
    assert worst(list(found.values())) == "warning"
    assert {what for what, one in found.items() if one.state == "fine"} >= {
        "socket", "slots", "spacing", "power", "cooling",
    }  # fmt: skip
    assert found["lanes"].why == "x8/x8/x4/x8: of 28 lanes, one card gets only 4"
    assert found["power"].why.startswith("1600 W for 1200 W")
    assert found["memory"].state == "warning"
    assert found["case"].state == "unknown"  # no source says how many places it has


def test_five_cards_on_four_slots(tmp_path: Path):
    text = X99 + TITANS.format(5)
    assert states(tmp_path, text)["slots"] == "fails"
    said = "5 cards, but Gigabyte GA-X99-UD3P has 4 slots for them"
    assert why(tmp_path, text, "slots") == said


def test_a_power_supply_that_is_too_small(tmp_path: Path):
    small = 'psu = "Corsair RM750e (2025)"\n'
    text = small + X99 + TITANS.format(3)
    assert states(tmp_path, text)["power"] == "fails"
    # 3 x 250 of cards, 140 of the CPU, 60 of the rest
    assert "gives 750 W, 950 W are needed" in why(tmp_path, text, "power")
    assert states(tmp_path, small + X99 + TITANS.format(2))["power"] == "warning"  # 700 W
    assert states(tmp_path, small + X99 + TITANS.format(1))["power"] == "fine"


def test_sockets_and_kinds_of_memory(tmp_path: Path):
    text = 'cpu = "7950X"\nboard = "GA-X99-UD3P"\nmemory = ["Corsair Vengeance 64 GB"]\n'
    text += TITANS.format(1)
    found = states(tmp_path, text)
    assert (found["socket"], found["modules"]) == ("fails", "fails")
    assert "needs AM5, Gigabyte GA-X99-UD3P has LGA2011-3" in why(tmp_path, text, "socket")
    assert "is DDR5, Gigabyte GA-X99-UD3P takes DDR4" in why(tmp_path, text, "modules")


def test_wide_cards_cover_slots(tmp_path: Path):
    wide = '[[gpus]]\nname = "wide"\nslots = 4\nwatts = 100\ncount = 2\n'
    assert states(tmp_path, X99 + wide)["spacing"] == "fails"
    assert "takes up 4 places" in why(tmp_path, X99 + wide, "spacing")


def test_too_few_lanes(tmp_path: Path):
    cpu = 'cpu = { name = "few", socket = "LGA2011-3", lanes = 16, cores = 4 }\n'
    text = cpu + 'board = "GA-X99-UD3P"\n' + TITANS.format(4)
    assert states(tmp_path, text)["lanes"] == "fails"
    assert states(tmp_path, text.replace("count = 4", "count = 1"))["lanes"] == "fine"


def test_cards_in_a_case(tmp_path: Path):
    card = '[[gpus]]\nname = "long"\nslots = 2\nlength_mm = 400\nwatts = 100\n'
    case = 'case = { name = "small", slots = 1, gpu_mm = 300 }\n'
    found = states(tmp_path, case + X99 + card)
    assert (found["case"], found["length"]) == ("fails", "fails")
    large = 'case = { name = "large", slots = 8, gpu_mm = 500 }\n'
    found = states(tmp_path, large + X99 + card)
    assert (found["case"], found["length"]) == ("fine", "fine")


def test_cooling(tmp_path: Path):
    assert states(tmp_path, X99 + '[[gpus]]\nname = "Tesla T4"\n')["cooling"] == "warning"
    close = X99 + '[[gpus]]\nname = "RTX 2080 Ti"\ncount = 4\n'
    assert states(tmp_path, close)["cooling"] == "warning"
    assert states(tmp_path, X99 + TITANS.format(4))["cooling"] == "fine"  # blowers


def test_what_is_not_said_is_unknown(tmp_path: Path):
    found = states(tmp_path, 'psu = { name = "some" }\n' + TITANS.format(1))
    assert found["slots"] == found["power"] == "unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[gpus]]\nname = "RTX 309"\n', 'no graphics card RTX 309 .*did you mean "RTX 3090"'),
        ('cpu = "i7-5820"\n', 'no cpu i7-5820 .*did you mean "i7-5820K"'),
        ('case = "Thor V3"\n', 'no case Thor V3 .*did you mean "Thor V2"'),
        ("[[gpus]]\ncount = 2\n", "expected name = ..., count = ..."),
        ('[[gpus]]\nname = "Titan X"\ncount = 0\n', "count=0: expected at least 1"),
        ('[[gpus]]\nname = "Titan X"\ncount = 1.5\n', "count=1.5: expected a whole number"),
        ('[[gpus]]\nname = "own"\nspeed = 3\n', "no such figure: speed"),
        ('[[gpus]]\nname = "own"\nwatts = -3\n', "watts=-3: expected at least 0"),
        ('[[gpus]]\nname = "Titan X"\n[prices]\n"Titan X" = -1\n', "price of Titan X=-1"),
        ('[[gpus]]\nname = "Titan X"\n[prices]\n"Titan Y" = 1\n', "no part Titan Y"),
        ('gpu = "Titan X"\n', 'no such key: gpu; did you mean "gpus"'),
        ('gpus = "Titan X"\n', "gpus: expected a list"),
        ('prices = [1]\n[[gpus]]\nname = "Titan X"\n', r"prices: expected a table, \[prices\]"),
        ('[[gpus]]\nname = "own"\nprices = [1]\n', "own: no such figure: prices"),
        ('[[gpus]]\nname = "own"\nrent = 1\n', "own: no such figure: rent"),
        ('[[gpus]]\nname = "own"\nbandwidth_gbs = 0\n', "bandwidth_gbs=0: expected more than 0"),
        ('[[gpus]]\nname = "own"\npcie_generation = 7\n', "pcie_generation=7: expected a gener"),
        ('[[gpus]]\nname = "own"\nform = "brick"\n', "form=brick: expected card, module"),
        ('disks = [{ name = "d", interface = 4 }]\n', "interface=4: expected a word"),
        ('board = { name = "b", slots = 5 }\n', "b: slots: expected a list of"),
        ('board = { name = "b", slots = [{ place = 0, lanes = 0 }] }\n', "a place from 0, 1 lane"),
        ('board = { name = "b", slots = [] }\n', "expected a list of .*; leave it away if unknown"),
        ('[[gpus]]\nname = "Titan X"\ncount = 100000000\n', "count=.*: expected at most 128"),
        ('machines = 1000000\n[[gpus]]\nname = "Titan X"\n', "machines=.*: expected at most 4,096"),
        ('network_gbits = 1e300\n[[gpus]]\nname = "Titan X"\n', "network_gbits=.*: expected at m"),
        ('[[gpus]]\nname = "own"\nmemory_gb = 24576\n', "24576: expected at most 4,096; is it in"),
        ('[[gpus]]\nname = "own"\nfp32_tflops = 35600\n', "35600: expected at most 5,000; is it"),
        ('disks = ["nothere"]\n', r"or describe it: disks = \[\{ name = "),
        ('memory = ["nothere"]\n', r"or describe it: memory = \[\{ name = "),
        ("measured = 3\n", r"\[measured\]: expected a table"),
        ("cpu = 3\n", "cpu: expected a name, or a table"),
        ("name = 'empty'\n", "nothing would compute"),
        ("[[gpus\n", "line 1"),
        ("[measured]\nmachine = 'x'\n", "is missing"),
    ],
)
def test_bad_rig_files(tmp_path: Path, text: str, said: str):
    with pytest.raises(InputError, match=said) as caught:
        box_of(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "box.toml"))


def test_a_byte_order_mark_is_no_error(tmp_path: Path):
    """Windows' editors write one."""
    assert box_of(tmp_path, '\ufeff[[gpus]]\nname = "Titan X"\n').cards


def test_figures_of_ones_own_stand_over_the_catalogues(tmp_path: Path):
    box = box_of(
        tmp_path,
        'cpu = { name = "i7-5820K", lanes = 40 }\n[[gpus]]\nname = "RTX 3090"\nwatts = 280\n',
    )
    (card,) = box.cards
    assert card.watts is not None
    assert card.watts.value == 280
    assert card.watts.sources[0].key.endswith("box.toml")
    assert card.fp32_tflops == find_gpu("RTX 3090").fp32_tflops
    assert box.cpu is not None
    assert box.cpu.cores is not None
    assert (box.cpu.cores.value, box.cpu.lanes and box.cpu.lanes.value) == (6, 40)


def test_words_that_are_no_rig(tmp_path: Path):
    with pytest.raises(InputError, match='gide: no such rig file; did you mean "guide"'):
        read_box("gide")
    with pytest.raises(InputError, match="this machine was not measured yet"):
        read_box("this")
    with pytest.raises(InputError, match=r"none\.toml"):
        read_box(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not text"):
        read_box(tmp_path / "b.toml")


def test_prices_of_a_box_by_hand(tmp_path: Path):
    assert price_of_box(read_box("guide")) == (1400 + 4 * 1000, ())
    text = TITANS.format(2) + '[[gpus]]\nname = "Tesla T4"\n[prices]\n"Titan X" = 100\n'
    total, unpriced = price_of_box(box_of(tmp_path, text))
    assert total == 200
    assert unpriced[-1] == "Tesla T4"  # unknown, not guessed
    assert unpriced[:2] == ("the CPU", "the board")
    assert money_of(box_of(tmp_path, text), 1.0, Range.exactly(1.0)).wear_usd is None
    assert price_of_box(box_of(tmp_path, text + "base = 300\n")) == (500, ("Tesla T4",))


def test_money_by_hand():
    box, days = read_box("guide"), Range.exactly(10.0)
    found = money_of(box, 1.0, days, electricity=0.2)
    assert found.wear_usd is not None
    assert found.wear_usd.likely == pytest.approx(5400 / (3 * 365.25) * 10)
    # all cards busy: 0.9 of 1000 W, 0.6 of 140 W, 60 W, at 0.9 from the wall
    assert found.watts is not None
    assert found.watts.likely == pytest.approx((900 + 84 + 60) / 0.9)
    assert found.power_usd is not None
    assert found.power_usd.likely == pytest.approx(found.watts.likely / 1000 * 24 * 10 * 0.2)
    assert found.rent_usd is None  # nobody rents out a Titan X


def test_what_was_measured_goes_through_a_file(tmp_path: Path):
    given = measured()
    text = to_toml({"name": "here", "measured": given.to_dict()}, "a comment")
    box = box_of(tmp_path, text)
    assert box.measured == given
    assert box.cores == 4
    assert box.ram_gb == 1
    assert Measured.from_dict(given.to_dict(), "x") == given


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("cores", 0, "a rate of 0"),
        ("gemm_gflops", -1, "expected at least 0"),
        ("decode_megapixels_per_s", "fast", "expected a number"),
        ("engine", [{"engine": "x"}], "'rates' is missing"),
        ("engine", 3, "missing or no table"),
    ],
)
def test_bad_measurements(key: str, value: object, said: str):
    written = {**measured().to_dict(), key: value}
    with pytest.raises(InputError, match=said):
        Measured.from_dict(written, "box.toml")
