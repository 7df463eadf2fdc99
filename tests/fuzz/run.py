"""A fuzzer of everything that reads a file.

    python tests/fuzz/run.py                                    every target, 20 seconds each
    python tests/fuzz/run.py --target cfg --seconds 600 --seed 1
    python tests/fuzz/run.py --target cfg --seed 1 --case 4711  one case again

A finding is an exception that is no DarknetError (MemoryError too: sizes are to be checked before
memory is taken), a message that is not one line of printable text of at most 2,000 characters, an
answer that breaks a promise (`Wrong`), a case that takes over 20 seconds, and a child that dies.
Every target runs in a child under a limit on memory; a case depends on target, seed and number
only. Findings are kept in --findings, up to three cases of each kind with their files; the exit
code is 1 where there are any.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

TARGETS = ["cfg", "weights", "data", "names", "image", "import", "source", "go"]
HANG_SECONDS = 20.0
START_SECONDS = 120.0  # to import what a target needs, on a busy machine
LIFE_SECONDS = 60.0  # of a child, so that none grows old
FOREVER = 2**62


class Run(NamedTuple):
    """What is asked for."""

    target: str
    seed: str
    findings: Path
    work: Path


def main() -> int:
    """Run the targets; 0 nothing found, 1 findings."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=20, help="time for each target")
    parser.add_argument("--seed", default="1", help="another seed, other cases")
    parser.add_argument("--case", type=int, help="run only this case")
    parser.add_argument("--start", type=int, default=0, help="number of the first case")
    parser.add_argument("--findings", type=Path, help="folder for findings (default: a new one)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        return _child(given)
    findings = given.findings or Path(tempfile.mkdtemp(prefix="darknet-fuzz-"))
    findings = findings.resolve()
    findings.mkdir(parents=True, exist_ok=True)
    print(f"findings go to {findings}", flush=True)
    targets = [given.target] if given.target else TARGETS
    found = 0
    for target in targets:
        with tempfile.TemporaryDirectory(prefix="darknet-fuzz-work-") as work:
            run = Run(target, given.seed, findings, Path(work))
            if given.case is not None:
                found += _children(run, given.case, given.case + 1, FOREVER)
            else:
                found += _children(run, given.start, FOREVER, given.seconds)
    return 1 if found else 0


def _child(given: argparse.Namespace) -> int:
    from child import Child

    child = Child(given.target, given.seed, given.child, given.findings)
    stop = FOREVER if given.case is None else given.case
    child.run(given.start, stop, given.seconds)
    return 0


def _children(run: Run, start: int, stop: int, seconds: float) -> int:
    """Children one after the other until the time is over; the number of findings."""
    begin, number, peak = time.monotonic(), start, 0
    outcomes: Counter[str] = Counter()
    found: list[str] = []
    while number < stop and (left := begin + seconds - time.monotonic()) > 0:
        report, death = _one_child(run, number, stop, min(left, LIFE_SECONDS))
        outcomes.update(report["outcomes"])
        found += report["found"]
        peak = max(peak, report["peak"])
        number = report["next"]
        if death is not None:
            at, stage, what = death
            number = at + 1
            found.append(f"{at} {_save_death(run, at, stage, what)}")
            outcomes[f"! {what}"] += 1
    _print(run, number - start, time.monotonic() - begin, peak, outcomes)
    if stop == FOREVER:
        found = _confirmed(run, found)
    for line in found:
        print(f"  finding: {line}", flush=True)
    if stop != FOREVER:
        for file in sorted(run.findings.glob(f"{run.target}-*/case-{start}/finding.txt")):
            print(file.read_text(errors="replace"))
    return len(found)


def _one_child(
    run: Run, start: int, stop: int, seconds: float
) -> tuple[dict, tuple[int, str, str] | None]:  # type: ignore[type-arg]
    """A child's report, and the case, stage and manner of its death if it died."""
    for name in ("report.json", "current", "stack"):
        (run.work / name).unlink(missing_ok=True)
    command = [sys.executable, __file__, "--child", str(run.work), "--target", run.target]
    command += ["--seed", run.seed, "--findings", str(run.findings), "--start", str(start)]
    command += ["--seconds", str(seconds), "--case", str(stop)]
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with (run.work / "output").open("wb") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=os.environ | single
        )
        try:
            hung = _watch(child, run.work)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            child.stdin.close()  # type: ignore[union-attr]
    report = {"next": start, "outcomes": {}, "found": [], "peak": 0}
    if (run.work / "report.json").exists():
        report = json.loads((run.work / "report.json").read_text())
    at, stage = _current(run.work) or (start, "load")
    if child.returncode == 0:
        return report, None
    if stage in ("load", "make") and not hung and child.returncode > 0:
        text = (run.work / "output").read_text(errors="replace")
        raise SystemExit(f"the fuzzer itself failed in case {at}:\n{text[-4000:]}")
    if hung:
        return report, (at, stage, "hang")
    code = child.returncode
    what = signal.Signals(-code).name if code < 0 else f"exit-{code}"
    return report, (at, stage, what)


def _watch(child: subprocess.Popen[bytes], work: Path) -> bool:
    """Wait for the child's end; True where a case took too long and the child was killed."""
    last, since = None, time.monotonic()
    while True:
        try:
            child.wait(0.05)
            return False
        except subprocess.TimeoutExpired:
            now, current = time.monotonic(), _current(work)
        if current != last:
            last, since = current, now
        elif now - since > (HANG_SECONDS if current else START_SECONDS):
            child.send_signal(signal.SIGUSR1)  # the stack, into work/stack
            time.sleep(0.5)
            child.kill()
            child.wait()
            return True


def _current(work: Path) -> tuple[int, str] | None:
    try:
        number, stage = (work / "current").read_text().split()
        return int(number), stage
    except (OSError, ValueError):
        return None


def _save_death(run: Run, at: int, stage: str, what: str) -> str:
    """Keep the files of a case that took its child with it; the finding's name."""
    from common import Finding, slug

    stack = (
        (run.work / "stack").read_text(errors="replace") if (run.work / "stack").exists() else ""
    )
    own = [line for line in stack.splitlines() if "/darknet/" in line]
    where = own[0].split("/")[-1].replace('"', "").replace(", line", "") if own else stage
    text = (run.work / "output").read_text(errors="replace")[-4000:]
    finding = Finding(slug(f"{what}-{where}"), f"{what} while it was to {stage}\n{stack}\n{text}")
    return finding.save(run.target, run.seed, at, run.work / "case", run.findings).name


def _confirmed(run: Run, found: list[str]) -> list[str]:
    """One line a kind: how many, and whether its first case alone gives it again.

    A case that was slow once and is not when alone says more of the machine: it is told, and is
    no finding.
    """
    kinds: dict[str, list[int]] = {}
    for line in found:
        number, kind = line.split(" ", 1)
        kinds.setdefault(kind, []).append(int(number))
    lines = []
    for kind, numbers in kinds.items():
        first = numbers[0]
        report, death = _one_child(run, first, first + 1, HANG_SECONDS)
        again = "again alone" if death or report["found"] else "NOT again alone"
        if again != "again alone" and "-hang-" in kind:
            print(f"  slow, but not alone: case {first} ({kind})", flush=True)
            continue
        lines.append(f"{kind}: {len(numbers)} times, first in case {first} ({again})")
    return lines


def _print(run: Run, count: int, seconds: float, peak: int, outcomes: Counter[str]) -> None:
    print(f"{run.target}: {count:,} cases in {seconds:.0f} s, at most {peak:,} MiB", flush=True)
    for word, times in outcomes.most_common():
        print(f"  {times:8,d}  {word}")


if __name__ == "__main__":
    raise SystemExit(main())
