"""Learning from a teacher: its answers are the truth, and it does not change itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="torch is not installed")

from colours import refused, trained  # noqa: E402
from conftest import random_weights  # noqa: E402
from darknet.cfg import Cfg  # noqa: E402
from darknet.errors import InputError, UnsupportedError, WeightsError  # noqa: E402
from darknet.network import Network  # noqa: E402
from darknet.runner import Runner  # noqa: E402
from darknet.train.checkpoint import load_state, save_state  # noqa: E402
from darknet.train.loader import Batch  # noqa: E402
from darknet.train.memory import predict  # noqa: E402
from darknet.train.plan import Plan  # noqa: E402
from darknet.train.record import read_steps  # noqa: E402
from darknet.train.taught import Taught  # noqa: E402
from darknet.train.teacher import Teacher  # noqa: E402
from darknet.train.trainer import Trainer  # noqa: E402
from darknet.weights import Weights  # noqa: E402

PUPIL = """[net]
width=4
height=4
channels=2
batch=6
subdivisions=2
learning_rate=0.2
max_batches=8
{more}

[connected]
output=3
activation=linear

[softmax]
"""
TEACHER = """[net]
width=4
height=4
channels=2

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky

[avgpool]

[connected]
output=3
activation=linear

[softmax]
temperature=2
"""


def built(text: str, more: str = "") -> Network:
    return Network.build(Cfg.parse(text.format(more=more), "net.cfg"))


def drawn(network: Network, seed: int) -> Weights:
    """Weights whose answers differ from photograph to photograph."""
    generator = np.random.default_rng(seed)
    weights = Weights.initial(network, generator)
    for arrays in weights.arrays:
        for name, values in arrays.items():
            if name not in ("variance", "rolling_variance"):
                values[...] += generator.normal(0, 0.3, values.shape).astype(np.float32)
    return weights


@pytest.fixture
def teacher(tmp_path: Path) -> Teacher:
    (tmp_path / "large.cfg").write_text(TEACHER)
    network = built(TEACHER)
    drawn(network, 1).save(tmp_path / "large.weights", network)
    return Teacher.read(str(tmp_path / "large.cfg"), str(tmp_path / "large.weights"), built(PUPIL))


def images_of(number: int) -> NDArray[np.float32]:
    return np.random.default_rng(number).normal(0, 1, (6, 2, 4, 4)).astype(np.float32)


class Drawn:
    """Batch n is a function of n; its labels of another number."""

    waited = 0.0

    def __init__(self, first: int, last: int, labels: int = 0) -> None:
        self._numbers, self._labels = range(first, last), labels

    def __iter__(self) -> Iterator[Batch]:
        for number in self._numbers:
            labels = np.random.default_rng([number, self._labels]).integers(0, 3, 6)
            yield Batch(number, images_of(number), labels)

    def close(self) -> None:
        pass


def trainer_of(teacher: Teacher | None, more: str = "") -> Trainer:
    network = built(PUPIL, more)
    plan = Plan(network=network, photographs=12, teacher=teacher)
    return Trainer(plan, Weights.initial(network, np.random.default_rng(0)))


def learned(trainer: Trainer, batches: Drawn) -> bytes:
    list(trainer.run(batches))
    return trainer.weights().to_bytes(trainer.plan.network)


def test_one_step_by_hand(teacher: Teacher) -> None:
    """loss = -sum(t log p) / n, t: 0.7 of what the teacher answers and 0.3 of the label.

    The gradient before the softmax is p - t, Darknet's; the teacher answers through numpy.
    """
    trainer = trainer_of(teacher, "teacher_share=.7\nmomentum=0\ndecay=0")
    weights = trainer.weights()[0]
    images = images_of(0)
    runner = Runner(teacher.network, teacher.weights, engine="reference")
    (answers,) = runner.run(images)
    (batch,) = Drawn(0, 1)
    truth = 0.7 * np.asarray(answers, np.float64).reshape(6, 3) + 0.3 * np.eye(3)[batch.labels]
    flat = images.reshape(6, -1).astype(np.float64)
    logits = flat @ weights["weights"].astype(np.float64).T + weights["biases"]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    (step,) = trainer.run(Drawn(0, 1))
    assert step.loss == pytest.approx(-(truth * np.log(p)).sum() / 6, rel=1e-5)
    expected = weights["weights"] - 0.2 * (p - truth).T @ flat / 6
    np.testing.assert_allclose(trainer.weights()[0]["weights"], expected, atol=1e-6)


def test_labels_do_not_matter_where_the_teacher_says_all(teacher: Teacher) -> None:
    assert learned(trainer_of(teacher), Drawn(0, 8)) == learned(
        trainer_of(teacher), Drawn(0, 8, labels=1)
    )
    assert learned(trainer_of(None), Drawn(0, 8)) != learned(
        trainer_of(None), Drawn(0, 8, labels=1)
    )


def test_a_teacher_without_a_share_changes_nothing(teacher: Teacher) -> None:
    assert learned(trainer_of(teacher, "teacher_share=0"), Drawn(0, 4)) == learned(
        trainer_of(None), Drawn(0, 4)
    )


def test_a_teacher_stays_as_it_is(teacher: Teacher) -> None:
    before = teacher.weights.to_bytes(teacher.network)
    trainer = trainer_of(teacher)
    assert trainer._taught is not None
    module = trainer._taught._module
    own = {name: value.clone() for name, value in module.state_dict().items()}
    learned(trainer, Drawn(0, 4))
    assert teacher.weights.to_bytes(teacher.network) == before
    assert all(torch.equal(value, own[name]) for name, value in module.state_dict().items())


def test_a_teacher_answers_as_its_network_does(teacher: Teacher) -> None:
    """Its batch normalization is folded away, as it only answers."""
    teacher = replace(teacher, weights=random_weights(teacher.network))
    images = np.random.default_rng(0).random((5, 2, 4, 4), np.float32)
    expected = Runner(teacher.network, teacher.weights, engine="reference").predict(images)
    assert isinstance(expected, np.ndarray)
    taught = Taught(teacher, 1.0, torch.device("cpu"))
    found = taught(torch.from_numpy(images), torch.zeros(expected.shape))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
    assert np.ptp(expected) > 0.1  # else everything would be close


def test_a_run_goes_on_to_the_same_bits(teacher: Teacher, tmp_path: Path) -> None:
    whole = learned(trainer_of(teacher, "mixup=1"), Drawn(0, 8))
    first = trainer_of(teacher, "mixup=1")
    list(first.run(Drawn(0, 3)))
    save_state(tmp_path / "net.checkpoint", first.state())
    state = load_state(tmp_path / "net.checkpoint")
    second = trainer_of(teacher, "mixup=1")
    second.restore(state, "net.checkpoint")
    assert learned(second, Drawn(3, 8)) == whole
    other = Teacher(teacher.network, drawn(teacher.network, 2), "other")
    for wrong in (None, other):
        with pytest.raises(InputError, match="another teacher"):
            trainer_of(wrong, "mixup=1").restore(state, "net.checkpoint")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("width=4", "width=5", "sees 2 x 4 x 5, answers 3 classes; expected sees 2 x 4 x 4"),
        ("channels=2", "channels=1", "sees 1 x 4 x 4"),
        ("output=3", "output=4", "answers 4 classes; expected"),
        ("[softmax]\ntemperature=2", "[logistic]", r"answer through one \[softmax\]"),
    ],
)
def test_teachers_that_do_not_fit(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "large.cfg").write_text(TEACHER.replace(old, new))
    with pytest.raises((InputError, UnsupportedError), match=said):
        Teacher.read(str(tmp_path / "large.cfg"), str(tmp_path / "none"), built(PUPIL))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    (tmp_path / "large.cfg").write_text(TEACHER)
    pupil = built(PUPIL)
    Weights.initial(pupil, np.random.default_rng(0)).save(tmp_path / "pupil.weights", pupil)
    with pytest.raises(WeightsError):
        Teacher.read(str(tmp_path / "large.cfg"), str(tmp_path / "pupil.weights"), pupil)


def test_a_teacher_without_an_answer_is_told_from_a_run_that_diverges(tmp_path: Path) -> None:
    (tmp_path / "large.cfg").write_text(TEACHER)
    network = built(TEACHER)
    weights = drawn(network, 1)
    weights[2]["biases"][1] = np.nan
    weights.save(tmp_path / "large.weights", network)
    with pytest.raises(InputError, match=r"layer 2 \[connected\]: biases are not all numbers"):
        Teacher.read(str(tmp_path / "large.cfg"), tmp_path / "large.weights", built(PUPIL))


def test_a_teacher_is_the_same_whatever_its_net_section_says(teacher: Teacher) -> None:
    other = built(TEACHER.replace("[net]", "# a remark\n[net]\nbatch=64"))
    assert str(Teacher(other, teacher.weights, "other")) == str(teacher)
    other = Network.build(Cfg.parse(TEACHER.encode() + b"# caf\xe9\n", "large.cfg"))
    assert len(str(Teacher(other, teacher.weights, "other"))) == 16  # a remark that is not UTF-8
    other = built(TEACHER.replace("activation=leaky", "activation=relu"))
    assert str(Teacher(other, teacher.weights, "other")) != str(teacher)


def test_what_is_hardly_meant_is_told(teacher: Teacher) -> None:
    def notes(more: str, teaching: Teacher | None) -> str:
        plan = Plan(network=built(PUPIL, more), photographs=12, teacher=teaching)
        return "\n".join(plan.notes())

    assert "there is no teacher" in notes("teacher_share=.5", None)
    assert not notes("teacher_share=.5", teacher)
    assert "labels are spread" in notes("label_smooth_eps=.1", teacher)
    assert not notes("label_smooth_eps=.1\nteacher_share=.5", teacher)
    assert not notes("label_smooth_eps=.1", None)


def test_its_memory_is_counted(teacher: Teacher) -> None:
    network = built(PUPIL)
    alone = predict(Plan(network=network, photographs=12))
    taught = predict(Plan(network=network, photographs=12, teacher=teacher))
    assert alone.teacher == 0
    assert taught.teacher == 2 * 4 * (8 * 2 * 9 + 4 * 8 + 8 * 3 + 3)
    assert taught.values > alone.values  # 8 x 4 x 4 of them, where the pupil has 3
    single, both = (
        predict(Plan(network=network, photographs=12, teacher=one, bf16=True)).values
        for one in (None, teacher)
    )
    assert both > single  # one beside the other


def test_from_the_command_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another network's answers make other weights; wrong files are named."""
    assert trained("--backup", "large") == 0
    words = ("--teacher", "large/net.cfg", "large/net.weights")
    assert trained(*words) == 0
    assert read_steps("backup/net.csv")[-1].batch == 20
    assert (here / "backup/net.weights").read_bytes() != (here / "large/net.weights").read_bytes()
    for wrong, said in (
        (("none.cfg", "large/net.weights"), "none.cfg"),
        (("net.cfg", "none.weights"), "none.weights: cannot be read"),
        (("tiny", "large/net.weights"), "--teacher tiny: sees 3 x 224 x 224, answers 1000"),
    ):
        command = ("train", "classify", "--data", "data", "--cfg", "net.cfg")
        assert said in refused(capsys, *command, "--teacher", *wrong)
    own = ("--teacher", "net.cfg", "backup/net.weights")
    assert "backup/net.weights: is read here" in refused(capsys, *command, *own)
    assert (here / "backup/net.weights").exists()
    assert "another teacher" in refused(
        capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", "--resume"
    )
