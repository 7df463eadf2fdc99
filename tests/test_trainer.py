"""The loop: goes on to the bit, frozen layers stay, divergence is named, checkpoints are whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from darknet.cfg import Cfg  # noqa: E402
from darknet.errors import (  # noqa: E402
    CfgError,
    DivergedError,
    InputError,
    UnsupportedError,
)
from darknet.network import Network  # noqa: E402
from darknet.train.checkpoint import Folder, load_state, save_state  # noqa: E402
from darknet.train.loader import Batch  # noqa: E402
from darknet.train.losses import Loss, one_hot  # noqa: E402
from darknet.train.plan import Plan  # noqa: E402
from darknet.train.selftest import drawn_batch, overfit  # noqa: E402
from darknet.train.trainer import Trainer  # noqa: E402
from darknet.weights import Weights  # noqa: E402

CFG = """[net]
width=8
height=8
channels=3
batch=4
subdivisions=2
learning_rate=0.1
policy=cosine
max_batches=8
{more}

[convolutional]
batch_normalize=1
filters=4
size=3
pad=1
activation=mish

[dropout]
probability=.4

[convolutional]
batch_normalize=1
filters=4
size=3
pad=1
activation=leaky

[convolutional]
filters=3
size=1
activation=linear

[avgpool]

[softmax]
"""


def built(more: str = "ema_alpha=.9\nmixup=1\nlabel_smooth_eps=.1", text: str = CFG) -> Network:
    return Network.build(Cfg.parse(text.format(more=more), "net.cfg"))


def trainer_of(network: Network, **options: object) -> Trainer:
    plan = Plan(network=network, photographs=12, **options)  # type: ignore[arg-type]
    return Trainer(plan, Weights.initial(network, np.random.default_rng(0)))


class Drawn:
    """Batch number n is a function of n."""

    waited = 0.0

    def __init__(self, first: int, last: int, spoilt: int | None = None) -> None:
        self._numbers, self._spoilt = range(first, last), spoilt

    def __iter__(self) -> Iterator[Batch]:
        for number in self._numbers:
            generator = np.random.default_rng(number)
            images = generator.random((4, 3, 8, 8), np.float32)
            if number == self._spoilt:
                images[0] = 1e38
            yield Batch(number, images, generator.integers(0, 3, 4))

    def close(self) -> None:
        pass


def bytes_of(trainer: Trainer) -> tuple[bytes, bytes]:
    network = trainer.plan.network
    both = (trainer.weights(), trainer.weights(averaged=False))
    return both[0].to_bytes(network), both[1].to_bytes(network)


@pytest.mark.parametrize(
    "more",
    ["", "ema_alpha=.9\nmixup=1\nlabel_smooth_eps=.1", "adam=1", "rolling=.5", "optimizer=muon"],
)
@pytest.mark.parametrize("at", [1, 5])
def test_a_run_goes_on_to_the_same_bits(tmp_path: Path, more: str, at: int) -> None:
    network = built(more)
    whole = trainer_of(network)
    list(whole.run(Drawn(0, 8)))
    first = trainer_of(network)
    list(first.run(Drawn(0, at)))
    save_state(tmp_path / "net.checkpoint", first.state())
    second = trainer_of(network)
    second.restore(load_state(tmp_path / "net.checkpoint"), "net.checkpoint")
    assert second.batch == at
    steps = list(second.run(Drawn(at, 8)))
    assert bytes_of(second) == bytes_of(whole)
    assert steps[-1].average == whole.running


def test_another_seed_is_another_run() -> None:
    one, other = trainer_of(built(), seed=1), trainer_of(built(), seed=2)
    for trainer in (one, other):
        list(trainer.run(Drawn(0, 2)))
    assert bytes_of(one) != bytes_of(other)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"seed": 4}, "another seed .was 0, now 4."),
        ({"data": "others"}, "another data"),
        ({"frozen": 1}, "another frozen"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(
    tmp_path: Path, other: dict[str, object], said: str
) -> None:
    save_state(tmp_path / "c", trainer_of(built()).state())
    with pytest.raises(InputError, match=f"c: is of a run with {said}"):
        trainer_of(built(), **other).restore(load_state(tmp_path / "c"), "c")


def test_a_checkpoint_from_before_an_option_was_known_goes_on(tmp_path: Path) -> None:
    """It was made with that option's default; another value is another run."""
    state = trainer_of(built("")).state()
    old = {key: value for key, value in state.settings.items() if key != "rolling"}
    save_state(tmp_path / "c", replace(state, settings=old))
    trainer_of(built("")).restore(load_state(tmp_path / "c"), "c")
    with pytest.raises(InputError, match=r"another rolling \(was 0.01, now 0.5\)"):
        trainer_of(built("rolling=.5")).restore(load_state(tmp_path / "c"), "c")


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path / "c", trainer_of(built()).state())
    changed = built(text=CFG.replace("activation=mish", "activation=relu"))
    with pytest.raises(InputError, match="of a run with another cfg's layers: give the same"):
        trainer_of(changed).restore(load_state(tmp_path / "c"), "c")


@pytest.mark.parametrize("content", [b"", b"not torch's", b"PK\x03\x04" + bytes(300)])
def test_what_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.checkpoint"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"net\.checkpoint: no checkpoint, or damaged"):
        load_state(path)


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint there; without --resume"):
        load_state(tmp_path / "net.checkpoint")


def test_a_checkpoint_cut_short_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "net.checkpoint"
    save_state(path, trainer_of(built()).state())
    data = path.read_bytes()
    for length in (1, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(InputError, match="no checkpoint, or damaged"):
            load_state(path)


def test_frozen_layers_stay_to_the_bit_with_their_statistics() -> None:
    network = built("")
    trainer = trainer_of(network, frozen=3)
    before = Weights.initial(network, np.random.default_rng(0))
    list(trainer.run(Drawn(0, 4)))
    after = trainer.weights()
    for layer in (0, 2):
        for name, array in before[layer].items():
            np.testing.assert_array_equal(after[layer][name], array)
    assert not np.array_equal(after[3]["weights"], before[3]["weights"])


def test_a_network_that_is_all_frozen_is_refused() -> None:
    with pytest.raises(InputError, match="every layer with weights is frozen"):
        trainer_of(built(""), frozen=5)


def test_a_loss_that_is_no_number_names_batch_and_layer() -> None:
    trainer = trainer_of(built(""))
    with pytest.raises(
        DivergedError, match=r"batch 4: the loss is not a number: net\.cfg:\d+: layer"
    ):
        list(trainer.run(Drawn(0, 8, spoilt=3)))
    assert trainer.batch == 3
    assert not trainer.is_finite()  # the rolling means have seen it: such a state is never saved


def test_photographs_that_are_no_numbers_are_blamed_themselves() -> None:
    class Spoilt(Drawn):
        def __iter__(self) -> Iterator[Batch]:
            for batch in super().__iter__():
                batch.images[-1] = np.nan  # in the second part
                yield batch

    with pytest.raises(DivergedError, match="number: the photographs are not finite"):
        list(trainer_of(built("")).run(Spoilt(0, 1)))


def test_weights_that_are_no_numbers_are_named() -> None:
    trainer = trainer_of(built(""))
    with torch.no_grad():
        trainer.module.layers["2"].get_parameter("weights")[0, 0, 0, 0] = torch.nan
    assert not trainer.is_finite()
    with pytest.raises(
        DivergedError, match=r"layer 2 \[convolutional\]: its weights are not finite"
    ):
        list(trainer.run(Drawn(0, 1)))


def test_the_classes_are_learned() -> None:
    assert overfit(*drawn_batch()).learned


def test_one_hot_smoothed_by_hand() -> None:
    found = one_hot(torch.tensor([2, 0]), 4, 0.2)
    assert found.tolist() == [
        pytest.approx([0.05, 0.05, 0.85, 0.05]),
        pytest.approx([0.85, 0.05, 0.05, 0.05]),
    ]


HEADS = {
    "softmax": ("[softmax]", lambda v, t: -(t * np.log(np.exp(v) / np.exp(v).sum())).sum()),
    "2 groups": (
        "[softmax]\ngroups=2",
        lambda v, t: (
            -sum(
                (t[s] * np.log(np.exp(v[s]) / np.exp(v[s]).sum())).sum()
                for s in (slice(0, 2), slice(2, 4))
            )
        ),
    ),
    "logistic": (
        "[logistic]",
        lambda v, t: (
            -(t * np.log(1 / (1 + np.exp(-v))) + (1 - t) * np.log(1 / (1 + np.exp(v)))).sum()
        ),
    ),
    "sse": ("[cost]\ntype=sse", lambda v, t: ((v - t) ** 2).sum() / 2),
    "L1": ("[cost]\ntype=L1\nscale=3", lambda v, t: 3 * np.abs(v - t).sum()),
    "softmax with cost": (
        "[softmax]\n[cost]\ntype=sse",
        lambda v, t: -(t * np.log(np.exp(v) / np.exp(v).sum())).sum(),
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_losses_by_hand(head: str) -> None:
    text, by_hand = HEADS[head]
    network = Network.build(Cfg.parse(f"[net]\ninputs=3\n[connected]\noutput=4\n{text}\n"))
    values = np.array([[0.5, -1, 2, 0.1], [0, 0.3, -0.2, 1]])
    truth = np.array([[0, 0, 1, 0], [0.7, 0.1, 0.1, 0.1]])
    expected = np.mean([by_hand(v, t) for v, t in zip(values, truth, strict=True)])
    found = Loss.of(network)([torch.tensor(values)], torch.tensor(truth))
    assert float(found) == pytest.approx(expected, rel=1e-6)


def test_softmax_of_what_no_float_can_hold_has_gradients() -> None:
    network = Network.build(Cfg.parse("[net]\ninputs=3\n[connected]\noutput=3\n[softmax]\n"))
    values = torch.tensor([[0.0, 500.0, -500.0]], requires_grad=True)
    Loss.of(network)([values], torch.tensor([[0.0, 0.0, 1.0]])).backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[0.0, 1.0, -1.0]]


@pytest.mark.parametrize(
    "text", ["[avgpool]", "[cost]\ntype=seg", "[softmax]\ntree=t.tree", "[softmax]\nspatial=1"]
)
def test_what_has_no_loss_here_is_refused(text: str) -> None:
    layers = f"[net]\nwidth=4\nheight=4\nchannels=3\n[convolutional]\nfilters=4\n{text}\n"
    with pytest.raises(UnsupportedError, match=r"net\.cfg:\d+: layer"):
        Loss.of(Network.build(Cfg.parse(layers, "net.cfg")))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("batch=5\nsubdivisions=2", r"batch=5: cannot be computed in 2 equal parts \(net.cfg:9: "),
        ("max_batches=0", "needs max_batches="),
        ("optimizer=nesterov\nmomentum=0", "needs a momentum above 0"),
    ],
)
def test_a_plan_that_cannot_be_is_told(more: str, said: str) -> None:
    keys = {line.split("=")[0] for line in more.split()}
    head = "\n".join(line for line in CFG.splitlines() if line.split("=")[0] not in keys)
    with pytest.raises(CfgError, match=said):
        Plan(network=built(more, head), photographs=1)


def test_what_is_not_done_is_noted() -> None:
    plan = Plan(network=built("cutmix=1\nclip=3"), photographs=1)
    assert plan.notes() == [
        "net.cfg:11: [net] clip=3 is not done here",
        "net.cfg:10: [net] cutmix=1 is not done here",
    ]


def test_parts_of_one_photograph_are_asked_about() -> None:
    (note,) = Plan(network=built("", CFG.replace("subdivisions=2", "")), photographs=1).notes() or [
        ""
    ]
    assert note == ""
    text = CFG.replace("subdivisions=2", "subdivisions=4")
    (note,) = Plan(network=built("", text), photographs=1).notes()
    assert "batch=4 subdivisions=4 computes one input at a time; is that meant" in note


def test_done_already() -> None:
    with pytest.raises(InputError, match="8 batches are done already, of max_batches=8; -clear"):
        Plan(network=built(), photographs=1, start=8)


def test_a_folder_is_made_tried_and_held_by_one(tmp_path: Path) -> None:
    one = Folder(tmp_path / "a" / "b", "net")
    with pytest.raises(InputError, match="another run called net writes here"):
        Folder(tmp_path / "a" / "b", "net")
    Folder(tmp_path / "a" / "b", "other").close()
    one.close()
    Folder(tmp_path / "a" / "b", "net").close()
    assert not list((tmp_path / "a" / "b").glob("*.trial*"))


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    for place in ("a", "a/b"):
        with pytest.raises(InputError, match=r"is a file; expected a folder|cannot be made"):
            Folder(tmp_path / place, "net")


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(built())
    path = tmp_path / "net.checkpoint"
    save_state(path, trainer.state())
    before = path.read_bytes()
    writes = itertools.count()

    def full(file: int) -> None:
        if next(writes) == 0:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        save_state(path, trainer.state())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.checkpoint"]
