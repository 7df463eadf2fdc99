"""Trainings killed with SIGKILL at random moments end with the weights of one that was not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")


@pytest.mark.slow
def test_killed_and_resumed_weights_are_equal() -> None:
    soak = Path(__file__).with_name("soak") / "kill.py"
    done = subprocess.run(
        [sys.executable, str(soak), "--kills", "4"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal, byte for byte" in done.stdout.splitlines()[-1]
