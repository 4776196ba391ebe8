"""
``make chaos``: every kill and trouble, again and again with seeds, on embedded engines and on RabbitMQ +
PostgreSQL.

``python -m tests.chaos --seeds 3 --engines full``; prints a table and writes ``var/chaos.json``.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, cast

import click
from rich.console import Console
from rich.table import Column, Table

from deploy.local.program import NeverReady
from tests.chaos.faults import KILLS, RECOVERY_SECONDS, Fault
from tests.chaos.run import Laboratory, laboratory
from tests.chaos.subscriber import GaveUp
from tests.chaos.troubles import BROKER_TROUBLES, TROUBLES, Trouble

RESULTS = Path("var/chaos.json")
Engines = Literal["embedded", "full"]
ENGINES: tuple[Engines, ...] = ("embedded", "full")
PAIRS = 4
OF_PAIRS = ("F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13", "F14", "F15")


@dataclass(frozen=True)
class Line:
    """
    One fault in one round: what was wrong then, and seconds from the last death until all was well (of a
    trouble: how long it took in all). *late*: longer than promised.
    """

    engines: str
    seed: int
    fault: str
    wrong: list[str]
    recovered_after: float
    late: bool = False


@click.command()
@click.option("--seeds", default=3, show_default=True, help="How many rounds, each in another order.")
@click.option("--engines", type=click.Choice(["embedded", "full", "both"]), default="both", show_default=True)
@click.option("--only", default="", help="Only faults whose name contains this, such as F07.")
def main(seeds: int, engines: str, only: str) -> None:
    """
    Break the product in every known way and count what was lost or done twice.
    """
    wanted: tuple[Engines, ...] = ENGINES if engines == "both" else (cast(Engines, engines),)
    lines = [line for each in wanted for line in _rounds(each, seeds=seeds, only=only)]
    _write(lines)
    _show(lines)
    sys.exit(1 if any(line.wrong or line.late for line in lines) else 0)


def _rounds(engines: Engines, *, seeds: int, only: str) -> Iterator[Line]:
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="ledgerline-chaos-") as folder:
            lab = laboratory(Path(folder), engines=engines)
            try:
                for faults in _shuffled(engines, seed, only):
                    line = _one(lab, engines, seed, faults)
                    click.echo(f"{engines} seed {seed} {line.fault}: {line.wrong or 'ok'}")
                    yield line
            finally:
                lab.close()


def _shuffled(engines: Engines, seed: int, only: str) -> list[tuple[Fault, ...] | Trouble]:
    """
    Return what happens in this round: each fault alone, some in pairs (F20), and the troubles.
    """
    chance = random.Random(seed)
    among = [replace(fault, story="newcomers") for fault in KILLS if fault.id in OF_PAIRS]
    pairs = [tuple(chance.sample(among, 2)) for _ in range(PAIRS)]
    troubles = TROUBLES if engines == "embedded" else (*TROUBLES, *BROKER_TROUBLES)
    found: list[tuple[Fault, ...] | Trouble] = [*((fault,) for fault in KILLS), *pairs, *troubles]
    chance.shuffle(found)
    return [each for each in found if only in _name(each)]


def _name(faults: tuple[Fault, ...] | Trouble) -> str:
    if isinstance(faults, Trouble):
        return faults.name
    return faults[0].name if len(faults) == 1 else "F20-" + "+".join(fault.name for fault in faults)


def _one(lab: Laboratory, engines: str, seed: int, faults: tuple[Fault, ...] | Trouble) -> Line:
    start = time.monotonic()
    try:
        if isinstance(faults, Trouble):
            faults.happen(lab)
            return Line(engines, seed, _name(faults), [], round(time.monotonic() - start, 2))
        result = lab.break_at(*faults)
    except (AssertionError, GaveUp, NeverReady) as found:
        return Line(engines, seed, _name(faults), [str(found)], round(time.monotonic() - start, 2))
    wrong = [*result.violated, *(f"{point} was never passed" for point in result.survived)]
    within = max(fault.within for fault in faults) + RECOVERY_SECONDS * (len(faults) - 1)
    late = result.recovered_after > within
    return Line(engines, seed, _name(faults), wrong, round(result.recovered_after, 2), late)


def _write(lines: list[Line]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(line) for line in lines], indent=1))


def _show(lines: list[Line]) -> None:
    table = Table("Engines", Column("Fault", overflow="fold"), "Rounds", "Wrong", "Late", "Slowest, s")
    for engines, fault in sorted({(line.engines, line.fault) for line in lines}):
        these = [line for line in lines if (line.engines, line.fault) == (engines, fault)]
        wrong, late = sum(len(line.wrong) for line in these), sum(line.late for line in these)
        slowest = max(line.recovered_after for line in these)
        table.add_row(engines, fault, str(len(these)), str(wrong), str(late), f"{slowest:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
