"""``python -m tests.load [--only b3,f1]``: measure, print the table, write ``var/load.json``."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import click
from rich.console import Console

from tests.load import billing, bus, whole
from tests.load.figures import Figure, save, show

FILE = Path(__file__).parents[2] / "var" / "load.json"
WIDTH = 150  # of the table, where the screen is unknown or smaller
BUSY = 1.0  # the load above which other work is measured too

Section = Callable[[Collection[str]], Iterator[Figure]]

SECTIONS: dict[Section, frozenset[str]] = {
    bus.embedded: frozenset({"b3"}),
    bus.full: frozenset({"a1", "a3", "b1", "b2"}),
    billing.embedded: frozenset({"d2", "dp", "dn", "e1", "e2"}),
    billing.full: frozenset({"d1", "dn"}),
    whole.embedded: frozenset({"c1", "c2", "c3", "q1", "q2", "f1", "f2", "g", "h"}),
    whole.full: frozenset({"c4", "q1", "q2", "f1", "f2"}),
}


@click.command()
@click.option("--only", default="", help="Parts, such as b3,f1; everything when left out.")
def main(only: str) -> None:
    """
    Measure Ledgerline and compare each figure with the naive pattern or the raw ceiling.
    """
    console = Console()
    console.width = max(console.width, WIDTH)
    asked = frozenset(part for part in only.split(",") if part)
    figures: list[Figure] = []
    started = time.monotonic()
    load = os.getloadavg()[0]
    failed = [
        section
        for section, parts in SECTIONS.items()
        if not _measure(section, parts & asked if asked else parts, figures, console)
    ]
    show(figures, console)
    save(figures, FILE)
    console.print(f"Measured in {time.monotonic() - started:.0f} s; written to var/load.json.")
    if load > BUSY:
        console.print(f"The machine was busy (load {load:.1f} at the start): believe the ratios only.")
    sys.exit(1 if failed else 0)


def _measure(section: Section, wanted: Collection[str], figures: list[Figure], console: Console) -> bool:
    """
    Add the figures of one section; when it breaks off, say so and keep what the others found.
    """
    try:
        for figure in section(wanted) if wanted else ():
            console.log(f"{figure.id} {figure.engine}: {figure.value:,.2f} {figure.goal.unit}")
            figures.append(figure)
    except Exception:
        console.print_exception()
        return False
    return True


if __name__ == "__main__":
    main()
