"""
``make chaos``: every kill, again and again with seeds, on embedded engines and on RabbitMQ + PostgreSQL.

``python -m tests.chaos --seeds 3 --engines full``; prints a table and writes ``var/chaos.json``.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

import click
from rich.console import Console
from rich.table import Table

from tests.chaos.faults import KILLS, Fault
from tests.chaos.run import Laboratory, laboratory

RESULTS = Path("var/chaos.json")
Engines = Literal["embedded", "full"]
ENGINES: tuple[Engines, ...] = ("embedded", "full")


@dataclass(frozen=True)
class Line:
    """
    One fault in one round: whether the process died, what was violated, seconds until all was well.
    """

    engines: str
    seed: int
    fault: str
    died: bool
    violated: list[str]
    recovered_after: float


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
    sys.exit(1 if any(line.violated or not line.died for line in lines) else 0)


def _rounds(engines: Engines, *, seeds: int, only: str) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="ledgerline-chaos-") as folder:
        lab = laboratory(Path(folder), engines=engines)
        try:
            for seed in range(1, seeds + 1):
                faults = [fault for fault in KILLS if only in fault.name]
                random.Random(seed).shuffle(faults)
                for fault in faults:
                    yield _one(lab, engines, seed, fault)
        finally:
            lab.close()
            lab.installation.stop()


def _one(lab: Laboratory, engines: str, seed: int, fault: Fault) -> Line:
    result = lab.kill_at(fault)
    click.echo(f"{engines} seed {seed} {fault.name}: {'ok' if not result.violated else result.violated}")
    return Line(engines, seed, fault.name, result.died, result.violated, round(result.recovered_after, 2))


def _write(lines: list[Line]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(line) for line in lines], indent=1))


def _show(lines: list[Line]) -> None:
    table = Table("Engines", "Fault", "Rounds", "Violations", "Slowest recovery, s")
    for engines, fault in sorted({(line.engines, line.fault) for line in lines}):
        these = [line for line in lines if (line.engines, line.fault) == (engines, fault)]
        violated = sum(len(line.violated) for line in these)
        slowest = max(line.recovered_after for line in these)
        table.add_row(engines, fault, str(len(these)), str(violated), f"{slowest:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
