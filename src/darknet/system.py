"""What the machine has left, and what this process has taken."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["available_bytes", "free_bytes", "peak_bytes"]

UNKNOWN_BYTES = 2**31  # taken for free where the system does not say
_CGROUPS = "/sys/fs/cgroup"
_UNLIMITED = 2**60  # version 1 writes a number like this


def available_bytes() -> int:
    """Memory that can be taken without swapping, in bytes: a guess where the system is silent."""
    free = free_bytes()
    return UNKNOWN_BYTES if free is None else free


def free_bytes() -> int | None:
    """Memory that can be taken without swapping, as the system says; None where it does not.

    On Linux what the control groups of this process (a container's, a cluster job's) leave counts,
    too. macOS says only how much there is in all.
    """
    if sys.platform == "win32":
        return _windows_free()
    found = [room for room in (_meminfo(), *_group_rooms()) if room is not None]
    return max(0, min(found)) if found else _installed()


def peak_bytes() -> int | None:
    """The most memory that this process has had so far; None where the system does not say."""
    if sys.platform == "win32":
        return None
    # On Linux the number below begins with what the process had that started this one.
    own = _kilobytes("/proc/self/status", "VmHWM:")
    if own is not None:
        return own
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def _meminfo() -> int | None:
    return _kilobytes("/proc/meminfo", "MemAvailable:")


def _kilobytes(path: str, name: str) -> int | None:
    """Bytes of a line that Linux gives in kB."""
    try:
        for line in Path(path).read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _installed() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def _group_rooms() -> Iterator[int]:
    """What every control group of this process, and those above it, leaves."""
    for folder, limit, usage, cache in _groups():
        try:
            most = int((folder / limit).read_text())
            used = int((folder / usage).read_text())
        except (OSError, ValueError):  # no such group from in here, or "max"
            continue
        if most < _UNLIMITED:
            yield most - used + _given_back(folder, cache)


def _groups() -> Iterator[tuple[Path, str, str, str]]:
    """Folders of groups, with the names of limit, usage, and of what the system can take back."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers == "":
            root, names = _CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = f"{_CGROUPS}/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inner = Path(root, path.lstrip("/"))
        for folder in (inner, *inner.parents):
            if folder.is_relative_to(root):
                yield (folder, *names)


def _given_back(folder: Path, key: str) -> int:
    """Bytes of files that a group counts, and the system lets go when memory is needed."""
    try:
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    except (OSError, ValueError):
        pass
    return 0


def _windows_free() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            ("available", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 5),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.available)
