"""The arithmetic of batch normalization in either fork (every engine tests the folding)."""

from __future__ import annotations

import numpy as np

from darknet.fold import divisor, identity_variance


def test_an_identity_divides_by_one_to_the_last_bit_of_float32() -> None:
    variance = identity_variance("pjreddie")
    assert np.sqrt(variance) + np.float32(1e-6) == np.float32(1)
    variance = identity_variance("alexeyab")
    assert np.sqrt(variance + np.float32(1e-5)) == np.float32(1)
    assert divisor(np.float32([4]), "pjreddie").tolist() == [2 + 1e-6]
    assert divisor(np.float32([4]), "alexeyab").tolist() == [(4 + 1e-5) ** 0.5]
