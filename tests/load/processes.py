"""What processes take, from the kernel's own books."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path


class Meter:
    """
    The CPU time some processes take from now on; unlike speed, it hardly depends on the machine's other work.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._families = {name: families([pid]) for name, pid in pids.items()}
        self._before = self._now()

    def words(self, count: int, *, most: int = 4) -> str:
        """
        Say how much each of *count* things has cost, in all and at the dearest processes.
        """
        taken = {name: after - self._before[name] for name, after in self._now().items()}
        dearest = sorted(taken, key=taken.__getitem__, reverse=True)[:most]
        each = [("in all", sum(taken.values())), *((name, taken[name]) for name in dearest)]
        return ", ".join(f"{name} {seconds / max(count, 1) * 1000:.3g} ms" for name, seconds in each)

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pids) for name, pids in self._families.items()}


def families(parents: Iterable[int]) -> list[int]:
    """
    Return the processes and all below them.
    """
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        stat = _stat(int(entry.name))
        if stat:
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, todo = [], list(parents)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def pss(processes: Iterable[int]) -> float:
    """
    Return their memory in MiB; what several share is counted once.
    """
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in processes]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("Pss:")]
    return sum(int(line.split()[1]) for line in lines) / 1024


def cpu_seconds(processes: Iterable[int]) -> float:
    """
    Return the CPU time they have taken so far.
    """
    stats = (_stat(pid) for pid in processes)
    return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """
    Return the fields after the command's name: state, parent, ..., user and system time at 11 and 12.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
