"""Batches: the same whoever asks, whenever, with however many threads."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from darknet.archive import Encoded
from darknet.errors import ImageError, InputError
from darknet.labelled import Labelled, Photograph
from darknet.train.augment import Augmentation
from darknet.train.loader import Loader, mirrored, order
from darknet.train.photographs import Photographs
from photographs import encoded

AUGMENTATION = Augmentation(width=8, height=8, low=8, high=12, angle=10, hue=0.1, flip=True)
BROKEN = b"<html>not found</html>"


def labelled(count: int, broken: tuple[int, ...] = ()) -> Labelled:
    """Photographs of one colour each, of sizes that differ, in 5 classes."""
    photographs = []
    for n in range(count):
        data = encoded(np.full((8 + n % 3, 9, 3), n, np.uint8))
        path = f"a.tar/{n % 5}/{n}.png"
        data = Encoded.named(BROKEN if n in broken else data, path)
        photographs.append(Photograph(path, n % 5, 0, data))
    return Labelled("a.tar", tuple("abcde"), tuple(photographs))


def loader(data: Labelled, **given) -> Loader:
    options = {"batch": 8, "seed": 1, "last": 6, "threads": 2, **given}
    augmentation = options.pop("augmentation", AUGMENTATION)
    return Loader(Photographs(data, cache_bytes=10**6), augmentation, **options)


def same(one, other) -> None:
    assert one.number == other.number
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_batches_come_in_order_with_their_labels():
    still = Augmentation(width=8, height=8, low=8, high=8)
    found = list(loader(labelled(20), augmentation=still))
    assert [batch.number for batch in found] == [0, 1, 2, 3, 4, 5]
    for batch in found:
        assert batch.images.shape == (8, 3, 8, 8)
        assert batch.images.dtype == np.float32
        assert batch.labels.dtype == np.int64
        numbers = np.rint(batch.images.mean((1, 2, 3)) * 255).astype(int)
        assert (numbers % 5 == batch.labels).all()


def test_every_photograph_comes_once_an_epoch_and_epochs_differ():
    still = Augmentation(width=8, height=8, low=8, high=8)
    found = list(loader(labelled(12), augmentation=still, batch=4, last=9))
    numbers = np.rint(np.concatenate([b.images for b in found]).mean((1, 2, 3)) * 255)
    epochs = numbers.reshape(3, 12).astype(int).tolist()
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert epochs == [order(1, epoch, 12).tolist() for epoch in range(3)]


def test_a_batch_may_be_larger_than_the_data():
    found = list(loader(labelled(5), batch=16, last=2))
    counts = Counter(np.concatenate([batch.labels for batch in found]).tolist())
    assert sorted(counts.values()) == [6, 6, 6, 7, 7]


def test_a_run_goes_on_where_another_stopped():
    data = labelled(20)
    whole = list(loader(data))
    for first in (1, 4, 5):
        for one, other in zip(whole[first:], loader(data, first=first), strict=True):
            same(one, other)
    assert list(loader(data, first=6)) == []


@pytest.mark.parametrize("world", [2, 4, 8])
def test_processes_see_together_what_one_sees(world):
    data = labelled(21)
    parts = [list(loader(data, rank=rank, world=world, last=3)) for rank in range(world)]
    for whole, *shares in zip(loader(data, last=3), *parts, strict=True):
        assert {len(share.labels) for share in shares} == {8 // world}
        np.testing.assert_array_equal(whole.images, np.concatenate([s.images for s in shares]))
        np.testing.assert_array_equal(whole.labels, np.concatenate([s.labels for s in shares]))


def test_threads_change_nothing():
    data = labelled(100)
    one = list(loader(data, batch=80, threads=1, ahead=1))
    for number, batch in enumerate(loader(data, batch=80, threads=16, ahead=5)):
        same(one[number], batch)


def test_another_seed_is_another_run():
    data = labelled(20)
    one, other = next(iter(loader(data))), next(iter(loader(data, seed=2)))
    assert (one.labels != other.labels).any()


def test_no_thread_is_left_when_a_loop_ends_early():
    before = threading.active_count()
    data = labelled(100)
    for batch in loader(data, batch=64, last=1000):
        assert threading.active_count() > before
        if batch.number == 2:
            break
    del batch
    with loader(data, last=1000) as opened:
        next(iter(opened))
    opened = loader(data, last=1000)
    next(iter(opened))
    opened.close()
    opened.close()
    assert threading.active_count() == before


def test_no_more_is_made_than_asked_for(monkeypatch):
    made = []
    real = Photographs.pixels
    monkeypatch.setattr(Photographs, "pixels", lambda s, n: (made.append(n), real(s, n))[1])
    batches = iter(loader(labelled(100), batch=4, last=1000, ahead=3))
    next(batches)
    batches.close()
    assert len(made) <= 3 * 4


def test_what_cannot_be_read_is_listed_and_replaced_by_the_next():
    data = labelled(12, broken=(3, 4, 11))
    still = Augmentation(width=8, height=8, low=8, high=8)
    opened = loader(data, augmentation=still, batch=12, last=2)
    for batch in opened:
        numbers = np.rint(batch.images.mean((1, 2, 3)) * 255).astype(int).tolist()
        chosen = order(1, batch.number, 12).tolist()
        assert numbers == [{3: 5, 4: 5, 11: 0}.get(n, n) for n in chosen]
        assert batch.labels.tolist() == [n % 5 for n in numbers]
    assert [lost.source for lost in opened.quarantined] == [
        "a.tar/3/3.png", "a.tar/4/4.png", "a.tar/1/11.png",
    ]  # fmt: skip
    message = r"^a\.tar/3/3\.png: an HTML page.*; expected a photograph$"
    with pytest.raises(ImageError, match=message):
        raise opened.quarantined[0].error


def test_where_nothing_can_be_read_it_ends():
    before = threading.active_count()
    with pytest.raises(
        ImageError, match=r"none of 3 photographs can be read; the last one: a\.tar"
    ):
        list(loader(labelled(3, broken=(0, 1, 2))))
    assert threading.active_count() == before


def test_what_cannot_be_asked_for():
    with pytest.raises(InputError, match=r"batch=8: expected a multiple of .* processes, 3"):
        loader(labelled(5), world=3)
    with pytest.raises(InputError, match=r"a\.tar: no photographs to train on"):
        loader(labelled(0))


def test_a_bug_is_not_hidden_in_a_thread(monkeypatch):
    def fails(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Augmentation, "apply_all", fails)
    with pytest.raises(RuntimeError, match="a bug"):
        list(loader(labelled(5)))


def test_the_time_that_the_consumer_waited_is_counted(monkeypatch):
    wait = threading.Event()
    real = Photographs.pixels
    monkeypatch.setattr(Photographs, "pixels", lambda s, n: (wait.wait(0.05), real(s, n))[1])
    opened = loader(labelled(5), batch=2, last=1)
    list(opened)
    assert 0.09 < opened.waited < 5


# ---- mirrored every other epoch


def one_sided(count: int) -> Labelled:
    """Photographs whose left half is darker than their right, of `count` brightnesses."""
    photographs = []
    for n in range(count):
        pixels = np.full((8, 8, 3), 2 * n, np.uint8)
        pixels[:, 4:] += 100
        data = Encoded.named(encoded(pixels), f"a.tar/0/{n}.png")
        photographs.append(Photograph(f"a.tar/0/{n}.png", 0, 0, data))
    return Labelled("a.tar", ("a",), tuple(photographs))


ALTERNATE = Augmentation(width=8, height=8, low=8, high=8, flip=True, alternate=True)


def sides(batches, count: int) -> list[list[bool]]:
    """For every epoch which photographs came mirrored, by their number."""
    images = np.concatenate([batch.images for batch in batches])
    left, right = images[:, 0, 0, 0], images[:, 0, 0, 7]
    numbers = np.rint(np.minimum(left, right) * 255 / 2).astype(int)
    found = np.full((len(images) // count, count), 9)
    found[np.arange(len(images)) // count, numbers] = left > right
    assert (found < 9).all()  # every photograph, every epoch
    return (found == 1).tolist()


def test_alternating_shows_both_sides_in_two_epochs():
    """12 photographs in batches of 8: batches lie across the ends of epochs."""
    found = sides(loader(one_sided(12), augmentation=ALTERNATE, last=6), 12)
    assert found[0] == found[2] == mirrored(1, 12).tolist()
    assert found[1] == found[3] == [not side for side in found[0]]
    assert 0 < sum(found[0]) < 12
    drawn = sides(
        loader(one_sided(12), augmentation=replace(ALTERNATE, alternate=False), last=6), 12
    )
    assert drawn[0] != drawn[2]


def test_alternating_is_half_of_them_and_another_half_with_another_seed():
    one, other = mirrored(1, 10_000), mirrored(2, 10_000)
    assert 4_800 < one.sum() < 5_200  # four standard deviations
    assert 4_800 < (one == other).sum() < 5_200


def test_alternating_goes_on_where_it_stopped_and_is_shared_among_processes():
    data = one_sided(12)
    whole = list(loader(data, augmentation=ALTERNATE))
    for one, other in zip(whole[3:], loader(data, augmentation=ALTERNATE, first=3), strict=True):
        same(one, other)
    halves = [list(loader(data, augmentation=ALTERNATE, rank=n, world=2)) for n in range(2)]
    for batch, *parts in zip(whole, *halves, strict=True):
        np.testing.assert_array_equal(batch.images, np.concatenate([p.images for p in parts]))


# ---- decoded photographs


def test_photographs_are_kept_up_to_a_limit():
    data = labelled(10)
    kept = Photographs(data, cache_bytes=10**6)
    assert kept.pixels(2) is kept.pixels(2)
    assert kept.pixels(2).shape == (10, 9, 3)
    small = Photographs(data, cache_bytes=3 * 500)
    shapes = {small.pixels(n).shape for n in range(10)}
    assert len(shapes) == 3
    assert small.kept == 3
    none = Photographs(data, cache_bytes=0)
    assert none.pixels(2) is not none.pixels(2)
    assert Photographs(data).pixels(0) is not None


def test_photographs_may_be_grey_and_lie_in_files(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(np.full((4, 4, 3), 9, np.uint8)))
    listed = (Photograph(str(tmp_path / "a.png"), 0), Photograph(str(tmp_path / "b.png"), 0))
    photographs = Photographs(Labelled("x", ("a",), listed), channels=1)
    assert photographs.pixels(0).shape == (4, 4, 1)
    for _ in range(2):
        with pytest.raises(ImageError, match=r"b\.png: cannot be read: No such file"):
            photographs.pixels(1)
