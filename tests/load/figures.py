"""What is measured, how good it has to be, and how it is shown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Goal:
    """
    A row of the table of goals: *floor* must be reached, *target* is the aim; *rising* says more is better.
    Without the two it is measured to be seen.
    """

    name: str
    unit: str
    floor: float | None
    target: float | None
    rising: bool = False


GOALS = {
    "a1": Goal("events through outbox, queue and inbox", "events/s", 6000, 10000, rising=True),
    "a3": Goal("the bus alone, confirmed and acknowledged", "share of raw", 0.35, 0.45, rising=True),
    "b1": Goal("commit to effect, p99 at 200 a second", "ms", 20, 12),
    "b2": Goal("commit to effect, p99 at 1,000 a second", "ms", 50, 25),
    "b3": Goal("commit to effect, p99 at 200 a second", "ms", 10, 3),
    "b3r": Goal("events from a filled outbox", "events/s", 5000, 10000, rising=True),
    "c1": Goal("Home through the gateway, of its slowest call of 5 ms", "times", 1.8, 1.6),
    "c1r": Goal("Home through the gateway, of its slowest real call", "times", None, None),
    "c2": Goal("what the gateway adds to one call, p50", "ms", 3, 2),
    "c3": Goal("Home at 16 at once, of calls of 5 ms", "calls/s", 300, 400, rising=True),
    "c3r": Goal("Home at 16 at once, of real calls", "calls/s", None, None, rising=True),
    "c4": Goal("one row as JSON, 2 workers, 16 at once", "calls/s", 1500, 2200, rising=True),
    "d1": Goal("invoices of a billing run", "invoices/s", 8000, 15000, rising=True),
    "d2": Goal("invoices of a billing run", "invoices/s", 15000, 40000, rising=True),
    "dp": Goal("accounts of a preview", "accounts/s", 8000, 15000, rising=True),
    "dn": Goal("accounts whose late payment is looked at", "accounts/s", None, None, rising=True),
    "e1": Goal("time per invoice, many over few", "times", 1.25, 1.1),
    "e2": Goal("memory of a billing worker", "MB", 250, 120),
    "f1": Goal("order answered, p95 at 20 orders a second", "ms", 800, 300),
    "f2": Goal("paid to active shown, p99 at 20 orders a second", "ms", 2000, 500),
    "q1": Goal("quote of a basket at billing, p95 at 20 a second", "ms", 120, 120),
    "q2": Goal("quotes at billing at 16 at once", "quotes/s", None, None, rising=True),
    "g": Goal("memory when idle (PSS)", "MiB", 1229, 900),
    "gc": Goal("CPU when idle", "% of a core", 8, 4),
    "h": Goal("heaviest portal page, cold", "KB", 80, 80),
    "hr": Goal("most requests of a portal page, cold", "requests", 7, 7),
    "ht": Goal("slowest portal page, largest paint, median of 5", "ms", 400, 400),
    "hs": Goal("portal page that moves most by itself (CLS)", "of the view", 0.02, 0.02),
    "hi": Goal("slowest reaction of a portal page (INP)", "ms", 200, 200),
}
EMBEDDED, FULL = "SQLite", "RabbitMQ + PostgreSQL"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    One measured value of the goal *id*, and what it was compared with in the same run.
    """

    id: str
    engine: str
    value: float
    compared_with: str
    compared_value: float
    note: str = ""

    @property
    def goal(self) -> Goal:
        """
        What it has to reach.
        """
        return GOALS[self.id]

    @property
    def ratio(self) -> float | None:
        """
        How many times what it is compared with.
        """
        return self.value / self.compared_value if self.compared_value else None

    @property
    def verdict(self) -> str:
        """
        Whether it reaches its target, only its floor, or neither; "seen" where there is no goal.
        """
        goal = self.goal
        if goal.floor is None:
            return "seen"
        sign = 1 if goal.rising else -1
        reached = [name for name in ("target", "floor") if sign * (self.value - getattr(goal, name)) >= 0]
        return reached[0] if reached else "missed"

    def as_json(self) -> dict[str, object]:
        """
        Return the entry of ``var/load.json``.
        """
        goal = self.goal
        known = {"name": goal.name, "unit": goal.unit, "floor": goal.floor, "target": goal.target}
        return {**asdict(self), **known, "ratio": self.ratio, "verdict": self.verdict}


def percentile(samples: Iterable[float], share: float) -> float:
    """
    Return the sample below which *share* (0.99) of all lie.
    """
    ordered = sorted(samples)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spread(samples: Sequence[float]) -> str:
    """
    Return median, p95 and p99 in words.
    """
    return "p50 {:.1f}, p95 {:.1f}, p99 {:.1f}".format(*(percentile(samples, s) for s in (0.5, 0.95, 0.99)))


def show(figures: Sequence[Figure], console: Console) -> None:
    """
    Print the table.
    """
    table = Table(title="Ledgerline under load", title_justify="left", expand=False)
    for heading in ("", "figure", "engine", "value", "beside", "ratio", "floor", "target", "reaches"):
        numeric = heading in ("value", "ratio", "floor", "target")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric or not heading)
    for one in figures:
        table.add_row(*_cells(one))
    console.print(table)


def save(figures: Sequence[Figure], file: Path) -> None:
    """
    Write the figures for a machine to read.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([one.as_json() for one in figures], indent=2) + "\n")


def _cells(one: Figure) -> list[str]:
    goal, ratio = one.goal, one.ratio
    colour = {"target": "green", "floor": "yellow", "missed": "red", "seen": "dim"}[one.verdict]
    return [
        one.id,
        goal.name + (f"\n[dim]{one.note}[/]" if one.note else ""),
        one.engine,
        f"{_short(one.value)} {goal.unit}",
        f"{_short(one.compared_value)}: {one.compared_with}",
        f"{ratio:.2f}" if ratio is not None else "-",
        _short(goal.floor),
        _short(goal.target),
        f"[{colour}]{one.verdict}[/]",
    ]


def _short(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
