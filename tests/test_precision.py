"""Which arithmetic a run computes in."""

import pytest

torch = pytest.importorskip("torch")

from darknet.train.parallel import Process  # noqa: E402
from darknet.train.precision import computes_in_bf16, pays  # noqa: E402


def test_what_is_asked_for_is_done() -> None:
    assert computes_in_bf16("bf16", Process(), before=False)
    assert not computes_in_bf16("f32", Process(), before=True)


@pytest.mark.parametrize("before", [False, True])
def test_a_run_goes_on_as_it_began(before: bool) -> None:
    assert computes_in_bf16("auto", Process(), before) is before


def test_it_is_measured_and_leaves_no_trace() -> None:
    threads = torch.get_num_threads()
    assert computes_in_bf16("auto", Process()) in (False, True)
    assert (
        not pays(torch.device("cpu"))
        or torch.cpu._is_avx512_bf16_supported()
        or (torch.cpu._is_amx_tile_supported())
    )
    assert torch.get_num_threads() == threads
