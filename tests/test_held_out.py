"""Photographs held out to validate with: a share of every class, the same ones every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from darknet.errors import InputError
from darknet.labelled import Labelled, Photograph, read_labelled
from darknet.train.held_out import hold_out, manifest


def data(*counts: int) -> Labelled:
    photographs = [
        Photograph(f"{index}/{n}.png", index)
        for index, count in enumerate(counts)
        for n in range(count)
    ]
    order = np.random.default_rng(0).permutation(len(photographs))
    names = tuple(f"class{n}" for n in range(len(counts)))
    return Labelled("data", names, tuple(photographs[n] for n in order))


@pytest.mark.parametrize(
    ("share", "counts", "held"),
    [
        (0.1, (100, 50, 4), (10, 5, 1)),
        (
            0.25,
            (10, 2, 1),
            (3, 1, 0),
        ),  # 2.5 is 3; one is left on either side; one alone is trained on
        (0.99, (10, 3, 2), (9, 2, 1)),
    ],
)
def test_a_share_of_every_class(
    share: float, counts: tuple[int, ...], held: tuple[int, ...]
) -> None:
    whole = data(*counts)
    kept, out = hold_out(whole, share, 0)
    assert out.counts == held
    assert tuple(a + b for a, b in zip(kept.counts, held, strict=True)) == counts
    assert not {one.path for one in kept.photographs} & {one.path for one in out.photographs}
    assert [one for one in whole.photographs if one in set(out.photographs)] == list(
        out.photographs
    )
    assert kept.names == out.names == whole.names


def test_the_seed_draws_them_and_another_class_changes_nothing() -> None:
    def held(whole: Labelled, seed: int) -> set[str]:
        return {one.path for one in hold_out(whole, 0.2, seed)[1].photographs if one.index == 0}

    whole = data(50, 9)
    more = replace(whole, photographs=(*whole.photographs, Photograph("more.png", 1)))
    assert held(whole, 3) == held(whole, 3) == held(more, 3)
    assert held(whole, 3) != held(whole, 4)


def test_a_photograph_that_is_named_twice_is_on_one_side() -> None:
    whole = data(8)
    twice = Labelled("list", ("a",), whole.photographs * 2)
    for seed in range(5):
        kept, out = hold_out(twice, 0.3, seed)
        assert not {one.path for one in kept.photographs} & {one.path for one in out.photographs}
        assert (len(kept), len(out)) == (12, 4)


@pytest.mark.parametrize("share", [0, 1, -0.5, 2])
def test_a_share_is_between_0_and_1(share: float) -> None:
    with pytest.raises(InputError, match="expected above 0 and below 1"):
        hold_out(data(3), share, 0)


def test_one_photograph_a_class_leaves_none() -> None:
    with pytest.raises(InputError, match="data: one photograph a class; none can be held out"):
        hold_out(data(1, 1), 0.5, 0)


def test_the_table_is_read_as_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, out = hold_out(data(6, 6), 0.5, 0)
    (tmp_path / "held-out.tsv").write_bytes(manifest(out))
    again = read_labelled("held-out.tsv", out.names)
    assert [(one.path, one.index) for one in again.photographs] == [
        (one.path, one.index) for one in out.photographs
    ]


# ---- a run


def test_a_run_with_held_out_photographs(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from colours import answer, follows, refused, trained
    from darknet.cli import main
    from darknet.train.trainer import Trainer

    run = Trainer.run

    def ended(self: Trainer, batches: Any) -> Iterator[Any]:
        for step in run(self, batches):
            if step.batch == 4:
                self.stop()
            yield step

    words = ("--valid-share", "0.25", "--save-every", "5")
    assert trained(*words, "--json", "--batches", "10") == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    follows("train", found)
    assert (
        "photographs are held out to validate with: 0.25 of every class, by seed 0" in captured.err
    )
    table = (here / "backup/net.held-out.tsv").read_text().splitlines()[1:]
    assert len(table) == found["held_out"] > 0
    assert all(line.startswith("data/train/") for line in table)
    last = (here / "backup/net.weights").read_bytes()
    main(["classifier", "valid", "backup/net.held-out.tsv", "backup/net.cfg", "backup/net.weights",
          "--json"])  # fmt: skip
    assert answer(capsys)["top1"] == pytest.approx(found["top1"])
    # a run that is ended goes on with the same ones, to the same weights, and not with others
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", ended)
        assert trained(*words, "--batches", "10", "--backup", "again") == 0
    base = ("train", "classify", "--data", "data", "--cfg", "net.cfg", "--batches", "10")
    assert "held_out (was 9, now 0)" in refused(capsys, *base, "--backup", "again", "--resume")
    assert trained(*words, "--batches", "10", "--backup", "again", "--resume") == 0
    assert (here / "again/net.weights").read_bytes() == last
    said = refused(capsys, *base, "--valid", "data", "--valid-share", ".1")
    assert "--valid and --valid-share: expected one of them" in said
