"""table: the layer table as Darknet prints it, its totals, and its JSON form."""

from __future__ import annotations

import json
import math
import re

import pytest

from conftest import ROOT, network
from darknet.cfg import Cfg
from darknet.network import Network
from darknet.table import rows, summary, table

IMAGE = "[net]\nwidth=8\nheight=8\nchannels=4\n"

# The columns of Darknet's own table: number, kind, filters, size, input, output.
TINY = """
 0 conv    16  3x3/1  224x224x3    224x224x16
 1 max         2x2/2  224x224x16   112x112x16
 2 conv    32  3x3/1  112x112x16   112x112x32
 3 max         2x2/2  112x112x32   56x56x32
 4 conv    16  1x1/1  56x56x32     56x56x16
 5 conv   128  3x3/1  56x56x16     56x56x128
 6 conv    16  1x1/1  56x56x128    56x56x16
 7 conv   128  3x3/1  56x56x16     56x56x128
 8 max         2x2/2  56x56x128    28x28x128
 9 conv    32  1x1/1  28x28x128    28x28x32
10 conv   256  3x3/1  28x28x32     28x28x256
11 conv    32  1x1/1  28x28x256    28x28x32
12 conv   256  3x3/1  28x28x32     28x28x256
13 max         2x2/2  28x28x256    14x14x256
14 conv    64  1x1/1  14x14x256    14x14x64
15 conv   512  3x3/1  14x14x64     14x14x512
16 conv    64  1x1/1  14x14x512    14x14x64
17 conv   512  3x3/1  14x14x64     14x14x512
18 conv   128  1x1/1  14x14x512    14x14x128
19 conv  1000  1x1/1  14x14x128    14x14x1000
20 avg                14x14x1000   1000
21 softmax                         1000
"""
GO = [
    "0 conv 256 3x3/1 19x19x1 19x19x256",
    *(f"{index} conv 256 3x3/1 19x19x256 19x19x256" for index in range(1, 13)),
    "13 conv 1 1x1/1 19x19x256 19x19x1",
    "14 reorg +1 19x19x1 362",
    "15 softmax 362",
]


def shipped(name: str) -> Network:
    return Network.build(Cfg.read(ROOT / "cfg" / f"{name}.cfg"))


def words(row: str) -> list[str]:
    """The columns of a row, without its cost and with the spaces inside sizes taken out."""
    row = row.split("BFLOPs")[0].rsplit("  ", 1)[0] if "BFLOPs" in row else row
    row = re.sub(r"(?<=\d) ?([x/]) {0,3}(?=\d)", r"\1", row)
    return row.replace("/ ", "/").replace("->", "").split()


def test_tiny_darknet_has_the_rows_of_its_page():
    assert [words(row) for row in rows(shipped("tiny"))] == [
        line.split() for line in TINY.strip().splitlines()
    ]


def test_darkgo_has_its_rows():
    assert [words(row) for row in rows(shipped("go.test"))] == [line.split() for line in GO]


def test_rows_stand_in_darknets_columns():
    lines = table(shipped("tiny")).splitlines()
    assert lines[0] == "layer     filters    size              input                output"
    assert lines[1].startswith(
        "    0 conv     16  3 x 3 / 1   224 x 224 x   3   ->   224 x 224 x  16"
    )
    assert lines[2] == "    1 max          2 x 2 / 2   224 x 224 x  16   ->   112 x 112 x  16"
    assert lines[21] == "   20 avg                       14 x  14 x1000   ->   1000"
    assert lines[22] == "   21 softmax                                        1000"


def test_the_table_is_heading_rows_and_totals():
    net = shipped("tiny")
    assert table(net).splitlines() == [
        "layer     filters    size              input                output",
        *rows(net),
        "",
        "parameters   1,046,488",
        "operations   0.983 BFLOPs an input",
        "weights      4,185,972 bytes (4.2 MB)",
        f"activations  {net.activation_bytes:,} bytes an input (13.8 MB)",
    ]


@pytest.mark.parametrize("name", ["tiny", "go.test"])
def test_the_rows_add_up_to_the_totals(name):
    net = shipped(name)
    costs = [float(cost) for row in rows(net) for cost in re.findall(r"([\d.]+) BFLOPs", row)]
    assert sum(costs) == pytest.approx(net.flops / 1e9, abs=0.0005 * len(costs))
    outputs = [words(row)[-1] for row in rows(net)]
    sizes = [math.prod(map(int, output.split("x"))) for output in outputs]
    assert 4 * sum(sizes) == net.activation_bytes


def test_a_layer_without_cost_shows_none():
    assert "BFLOPs" not in next(rows(network(f"{IMAGE}[maxpool]\nstride=2\n")))
    assert next(rows(network(f"{IMAGE}[conv]\n"))).endswith("  0.000 BFLOPs")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("[activation]\n[conv]\nfilters=6\n[route]\nlayers=-1,0\n", "2 route 1 0 8x8x10"),
        ("[activation]\n[activation]\n[route]\nlayers=0\n", "2 route 0 8x8x4 8x8x4"),
        ("[activation]\n[activation]\n[shortcut]\nfrom=-2\n", "2 res 0 8x8x4 8x8x4"),
        ("[conv]\nfilters=6\nsize=3\nstride=2\npad=1\n", "0 conv 6 3x3/2 8x8x4 4x4x6"),
        ("[deconv]\nfilters=6\nsize=2\nstride=2\n", "0 deconv 6 2x2/2 8x8x4 16x16x6"),
        ("[local]\nfilters=6\nsize=3\n", "0 local 6 3x3/1 8x8x4 6x6x6"),
        ("[connected]\noutput=7\n", "0 connected 8x8x4 7"),
        ("[avg]\n[connected]\noutput=7\n", "1 connected 4 7"),
        ("[dropout]\nprobability=.2\n", "0 dropout p = 0.20 8x8x4 8x8x4"),
        ("[upsample]\nstride=2\n", "0 upsample 2x 8x8x4 16x16x4"),
        ("[reorg]\nstride=2\n", "0 reorg /2 8x8x4 4x4x16"),
        ("[avg]\n[softmax]\n", "1 softmax 4"),
        ("[cost]\n", "0 cost 8x8x4 256"),
        ("[activation]\nactivation=leaky\n", "0 activation leaky 8x8x4 8x8x4"),
        ("[lrn]\nsize=3\n", "0 lrn 3 8x8x4 8x8x4"),
    ],
)
def test_the_row_of_a_layer(text, row):
    assert words([*rows(network(IMAGE + text))][-1]) == row.split()


def test_every_real_network_has_a_row_for_each_layer(shared):
    for name in ("densenet201", "resnet152", "alexnet"):
        net = Network.build(Cfg.read(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg"))
        found = list(rows(net))
        assert [int(row.split()[0]) for row in found] == list(range(len(net.nodes)))
        for node, row in zip(net.nodes, found, strict=True):
            shape = node.output
            size = f"{shape.width}x{shape.height}x{shape.channels}"
            assert words(row)[-1] == (str(shape.size) if shape.is_vector else size)


# JSON.


@pytest.mark.parametrize("name", ["tiny", "go.test"])
def test_the_summary_survives_json_and_fits_its_schema(name):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs" / "schemas" / "summary.schema.json").read_text())
    said = summary(shipped(name))
    assert json.loads(json.dumps(said)) == said
    jsonschema.validate(said, schema)


def test_the_layers_of_the_summary_add_up_to_its_totals():
    net = shipped("tiny")
    said = summary(net)
    layers = said["layers"]
    assert [layer["index"] for layer in layers] == list(range(22))
    assert sum(layer["parameters"] for layer in layers) == said["parameters"] == 1_046_488
    assert sum(layer["flops"] for layer in layers) == said["flops"] == 983_048_192
    assert said["weights_bytes"] == 20 + 4 * said["parameters"]
    sizes = [layer["output"] for layer in layers]
    values = sum(s["channels"] * s["height"] * s["width"] for s in sizes)
    assert said["activation_bytes"] == 4 * values
    assert said["outputs"] == [21]
    assert said["resizable"] is True


def test_the_summary_of_a_small_network():
    text = f"{IMAGE}oops=1\n[conv]\nfilters=6\n\n[avg]\n[shortcut]\nfrom=-1\n"
    assert summary(network(text)) == {
        "cfg": "test.cfg",
        "fork": "pjreddie",
        "input": {"channels": 4, "height": 8, "width": 8},
        "outputs": [2],
        "resizable": True,
        "parameters": 30,
        "flops": 2 * 4 * 6 * 64,
        "weights_bytes": 140,
        "activation_bytes": 4 * (6 * 64 + 6 + 6),
        "layers": [
            {
                "index": 0,
                "section": "convolutional",
                "line": 6,
                "sources": [-1],
                "inputs": [{"channels": 4, "height": 8, "width": 8}],
                "output": {"channels": 6, "height": 8, "width": 8},
                "parameters": 30,
                "flops": 3072,
            },
            {
                "index": 1,
                "section": "avgpool",
                "line": 9,
                "sources": [0],
                "inputs": [{"channels": 6, "height": 8, "width": 8}],
                "output": {"channels": 6, "height": 1, "width": 1},
                "parameters": 0,
                "flops": 0,
            },
            {
                "index": 2,
                "section": "shortcut",
                "line": 10,
                "sources": [1, 1],
                "inputs": [{"channels": 6, "height": 1, "width": 1}] * 2,
                "output": {"channels": 6, "height": 1, "width": 1},
                "parameters": 0,
                "flops": 0,
            },
        ],
        "warnings": ["test.cfg:5: [net] oops: unknown option (ignored)"],
    }
