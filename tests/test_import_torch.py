"""import: what torch's own reader of weights would build from a file, and what is let through."""

from __future__ import annotations

import builtins
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import network
from darknet.errors import WeightsError
from darknet.importing import import_weights
from darknet.importing.pickled import forbidden_in_stream

torch = pytest.importorskip("torch")
TEXT = "[net]\nwidth=4\nheight=4\nchannels=3\n[convolutional]\nfilters=2\nsize=1\n"


class Calls:
    """Pickles as a call of something with arguments."""

    def __init__(self, what: Any, *arguments: object) -> None:
        self._call = (what, arguments)

    def __reduce__(self) -> tuple[object, ...]:
        return self._call


def refused(path: Path, expected: str) -> None:
    with pytest.raises(WeightsError, match=expected) as caught:
        import_weights(path, network(TEXT).cfg)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old"])
@pytest.mark.parametrize("name", ["bytearray", "set", "complex"])
def test_a_small_file_cannot_ask_for_memory(tmp_path: Path, zipped: bool, name: str) -> None:
    """torch lets bytearray(n) through, whatever n is. (Small here: 8 bytes, if it fails.)"""
    argument: object = [1] if name == "set" else 8
    harmful = {"a.weight": torch.ones(2, 3, 1, 1), "x": Calls(getattr(builtins, name), argument)}
    path = tmp_path / "a.pt"
    torch.save(harmful, path, _use_new_zipfile_serialization=zipped)
    assert len(torch.load(path, weights_only=True)) == 2
    refused(path, rf"Python objects, which are never run here.* \(the file has .*\.{name}\)")


def test_any_member_that_a_reader_may_take_for_the_pickle_is_looked_at(tmp_path: Path) -> None:
    good, bad, path = tmp_path / "a.pt", tmp_path / "b.pt", tmp_path / "c.pt"
    torch.save({"a.weight": torch.ones(2, 3, 1, 1)}, good)
    torch.save({"a.weight": Calls(bytearray, 8)}, bad)
    with zipfile.ZipFile(bad) as archive:
        harmful = archive.read("b/data.pkl")
    for name, expected in (("x/Data.PKL", "bytearray"), ("A/Data.PKL", "is there twice")):
        path.write_bytes(good.read_bytes())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, harmful)
        refused(path, expected)


def test_names_that_come_from_the_stack_are_refused() -> None:
    """Protocol 4 puts the module and the name on the stack, where they can be made of anything."""
    assert forbidden_in_stream(b"\x80\x04\x8c\x08builtins\x8c\x09bytearray\x93.") == "STACK_GLOBAL"
    assert forbidden_in_stream(b"c__builtin__\nbytearray\n.") == "__builtin__.bytearray"
    assert forbidden_in_stream(b"ctorch.storage\nUntypedStorage\n.") == (
        "torch.storage.UntypedStorage"
    )
    assert forbidden_in_stream(b"ctorch\nUntypedStorage\n.") == "torch.UntypedStorage"
    assert forbidden_in_stream(b"ctorch x\nSize\n.") == "torch.x.Size"
    assert forbidden_in_stream(b"ctorch\nfloat32\n.") is None


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old"])
def test_what_trained_checkpoints_hold_beside_weights_is_let_through(
    tmp_path: Path, zipped: bool
) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1), torch.nn.BatchNorm2d(2))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    module(torch.ones(1, 3, 4, 4)).sum().backward()
    optimizer.step()
    rates = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])  # has a Counter
    checkpoint = {
        "state_dict": module[0].state_dict(),
        "tensors": [torch.nn.Parameter(torch.ones(2)), torch.ones(2, dtype=torch.bfloat16)],
        "optimizer": optimizer.state_dict(),
        "rates": rates.state_dict(),
        "kinds": [torch.float16, torch.bfloat16, torch.float32, torch.int64, torch.bool],
        "shape": torch.Size([1, 2]),
    }
    path = tmp_path / "a.pth"
    torch.save(checkpoint, path, _use_new_zipfile_serialization=zipped)
    found = import_weights(path, network(TEXT).cfg)
    np.testing.assert_array_equal(found.weights[0]["weights"], module[0].weight.detach().numpy())
