"""The fuzzer's targets, each for a few seconds and always the same cases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "fuzz" / "run.py"
SECONDS = "5"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs limits on memory, and signals"),
]


TARGETS = ["cfg", "weights", "data", "names", "image", "import", "source", "go"]


@pytest.mark.parametrize("target", TARGETS)
def test_no_findings(target: str, tmp_path: Path) -> None:
    """Nothing but DarknetErrors with printable messages; what is found lies in tmp_path."""
    arguments = ["--target", target, "--seconds", SECONDS, "--seed", "1", "--findings"]
    command = [sys.executable, str(RUN), *arguments, str(tmp_path / "findings")]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    assert f"{target}: " in done.stdout
