"""Outputs, forks, and anything at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, network
from darknet.cfg import Cfg
from darknet.errors import CfgError
from darknet.layers import sections
from darknet.network import Network, walk
from darknet.options import INT_MAX, options_of
from wiring import IMAGE, load


def test_the_answer_is_the_last_layer_that_is_no_loss():
    assert [node.index for node in network(f"{IMAGE}[avg]\n[softmax]\n[cost]\n").outputs] == [1]
    assert [node.index for node in network(f"{IMAGE}[avg]\n[softmax]\n").outputs] == [1]
    assert [node.index for node in network(f"{IMAGE}[cost]\n").outputs] == [0]


def test_answers_that_nothing_reads_are_answers_too():
    """A softmax, a logistic or an activation by itself; not other layers, nor what is read."""
    text = (
        f"{IMAGE}[conv]\n[activation]\nactivation=tanh\n[route]\nlayers=0\n[avg]\n[logistic]\n"
        "[cost]\n[route]\nlayers=0\n[conv]\n[route]\nlayers=0\n[avg]\n[softmax]\n[cost]\n"
    )
    assert [node.index for node in network(text).outputs] == [1, 4, 10]
    read = f"{IMAGE}[conv]\n[activation]\n[avg]\n[softmax]\n[activation]\n"
    assert [node.index for node in network(read).outputs] == [4]


def test_walk_leaves_out_what_the_answer_does_not_need():
    net = network(f"{IMAGE}[conv]\n[conv]\n[route]\nlayers=0\n[avg]\n[cost]\n")
    assert [node.index for node in walk(net)] == [0, 2, 3]


def test_walk_of_a_real_network_is_all_of_it():
    net = load(ROOT / "cfg" / "tiny.cfg")
    assert tuple(walk(net)) == net.nodes


# Whose arithmetic counts.


@pytest.mark.parametrize(
    ("text", "fork"),
    [
        ("[conv]\n", "pjreddie"),
        ("[conv]\ngroups=2\nfilters=2\n", "pjreddie"),
        ("[conv]\nactivation=mish\n", "alexeyab"),
        ("[conv]\nstride_x=1\n", "alexeyab"),
        ("[conv]\ndilation=1\n", "alexeyab"),
        ("[local_avgpool]\n", "alexeyab"),
        ("[empty]\n", "alexeyab"),
        ("[avg]\n[route]\nlayers=0\ngroups=2\ngroup_id=1\n", "alexeyab"),
        ("[avg]\n[shortcut]\nfrom=-1\nactivation=swish\n", "alexeyab"),
        ("[l2norm]\n", "pjreddie"),
        ("[l2norm]\n[conv]\nunknown=1\n", "pjreddie"),
    ],
)
def test_the_fork_is_guessed_from_the_layers(text, fork):
    net = network(IMAGE + text)
    assert net.fork == fork
    assert {node.fork for node in net.nodes} == {fork}


def test_the_fork_is_not_guessed_from_net():
    assert network(f"{IMAGE}mosaic=1\nletter_box=1\n[conv]\n").fork == "pjreddie"


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_the_fork_that_is_asked_for_counts(fork):
    assert network(f"{IMAGE}[conv]\nactivation=mish\n", fork=fork).nodes[0].fork == fork


def test_groups_of_a_route_are_alexeyabs():
    assert network(f"{IMAGE}[avg]\n[route]\nlayers=0\ngroups=2\n").fork == "alexeyab"


# Anything at all.

VALUES = {
    "integer": st.sampled_from(["-1", "0", "1", "2", "3", "4", "8", str(INT_MAX), str(-INT_MAX)]),
    "number": st.sampled_from(["0", ".5", "-1", "1e30"]),
    "0 or 1": st.sampled_from(["0", "1"]),
    "integers": st.sampled_from(["-1", "0", "0,1", "-1,-2", "-3", str(INT_MAX), str(-INT_MAX)]),
    "numbers": st.sampled_from(["1", "1,2"]),
    "text": st.sampled_from(["", "a"]),
}


@st.composite
def any_section(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A section of the registry with any of its options."""
    name = draw(st.sampled_from(sorted(sections())))
    known = options_of(sections()[name])
    keys = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=5)) if known else []
    keys += [key for key, option in known.items() if option.required and key not in keys]
    return name, {
        key: draw(
            st.sampled_from(known[key].choices) if known[key].choices else VALUES[known[key].kind]
        )
        for key in keys
    }


sides = st.integers(1, 20)


@settings(deadline=None, max_examples=300)
@given(st.lists(any_section(), min_size=1, max_size=5), sides, sides, st.sampled_from([1, 4, 16]))
def test_any_cfg_is_built_or_refused_by_its_line(layers, width, height, channels):
    net = {"width": width, "height": height, "channels": channels}
    cfg = Cfg.build([("net", net), *layers], "any.cfg")
    try:
        nodes, said = Network.build(cfg).nodes, ""
    except CfgError as error:
        nodes, said = (), str(error)
    if not nodes:
        where, line, _ = said.split(":", 2)
        assert where == "any.cfg"
        assert 1 <= int(line) <= len(cfg.lines)
    for node in nodes:
        assert min(node.output.channels, node.output.height, node.output.width) > 0
        assert node.parameters >= 0
        assert node.flops >= 0
        assert all(source < node.index for source in node.sources)
