"""
A billing run: invoice, line, journal, cursor, number, two facts and the run's own row for every account.

Beside it, measured in the same minute: the raw ceiling (``billing_raw.py``) and the naive pattern, records
one by one, a commit for each invoice.
``FULL=1`` bills a hundred thousand accounts for d1 and d2 and a million for e1 and e2, otherwise as many as
fit into a minute.
"""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from subprocess import PIPE, Popen

from sqlalchemy import func, select

from billing.domain.charging import lines, next_period
from billing.domain.line import Code
from billing.domain.run import Mode
from billing.models import Account, Subscription
from billing.queries.to_bill import holdings_of
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from deploy.local import postgres
from shared import clock
from shared.db import Database
from shared.settings import environment
from tests.load.billing_raw import ceiling
from tests.load.billing_stage import DECEMBER, customer, december, settle, start
from tests.load.dunning import MANY as LATE
from tests.load.dunning import dunning
from tests.load.figures import EMBEDDED, Figure

POSTGRES = "PostgreSQL"
NAIVELY = "records, a commit per invoice"
RAW = "the same rows by the driver alone"
NAIVE_COUNT = 300
ALL = bool(environment().get("FULL"))
FEW = 10_000 if ALL else 5_000
MANY = 100_000 if ALL else 20_000
MOST = 1_000_000 if ALL else 20_000

MakeTown = Callable[[int], str]


@dataclass(frozen=True)
class Worked:
    """
    How many a second the workers did, the most memory one of them took, and what each cost their processors.
    """

    rate: float
    megabytes: float
    microseconds: float


def embedded(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure d2, dp, dn, e1 and e2 on SQLite, synchronous FULL, one worker.
    """
    with tempfile.TemporaryDirectory(prefix="ledgerline-load-") as folder:
        names = itertools.count()

        def make(count: int) -> str:
            url = f"sqlite:///{folder}/{next(names)}.db"
            settle(Database(url), count)
            return url

        if "dn" in wanted:
            yield dunning(Database(make(LATE)), EMBEDDED)
        if not set(wanted) - {"dn"}:
            return
        naive = naively(make(NAIVE_COUNT))
        if "d2" in wanted:
            done = worked(town := make(MANY), Mode.ISSUE)
            yield _billed("d2", EMBEDDED, done, naive, ceiling(Database(town), Database(make(0)), count=MANY))
        if "dp" in wanted:
            shown = worked(make(FEW), Mode.PREVIEW)
            yield _figure("dp", EMBEDDED, shown.rate, NAIVELY, naive, f"{FEW:,} accounts, {_cpu(shown)}")
        if {"e1", "e2"} & set(wanted):
            yield from _growth(worked(make(FEW), Mode.ISSUE), worked(make(MOST), Mode.ISSUE), wanted)


def _growth(few: Worked, most: Worked, wanted: Collection[str]) -> Iterator[Figure]:
    if "e1" in wanted:
        note = f"{MOST:,} over {FEW:,} accounts; CPU {most.microseconds / few.microseconds:.2f} times"
        yield _figure("e1", EMBEDDED, few.rate / most.rate, "linear cost", 1.0, note)
    if "e2" in wanted:
        beside, note = f"{FEW:,} accounts", f"{MOST:,} accounts"
        yield _figure("e2", EMBEDDED, most.megabytes, beside, few.megabytes, note)


def full(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure d1 and dn on a PostgreSQL of our own (fsync on), one worker and two.
    """
    with postgres.running(durable=True) as node:
        names = itertools.count()

        def make(count: int) -> str:
            name = f"town{next(names)}"
            node.create(name)
            settle(Database(node.url(name)), count)
            return node.url(name)

        if "dn" in wanted:
            yield dunning(Database(make(LATE)), POSTGRES)
        if "d1" not in wanted:
            return
        naive = naively(make(NAIVE_COUNT))
        for workers in (1, 2):
            done = worked(town := make(MANY), Mode.ISSUE, workers=workers)
            raw = ceiling(Database(town), Database(make(0)), count=MANY)
            yield _billed("d1", f"{POSTGRES}, {workers} at work", done, naive, raw)


def worked(url: str, mode: Mode, *, workers: int = 1) -> Worked:
    """
    Let *workers* processes work through the run of the town, and return how fast they were.
    """
    count = _town(url)
    command = [sys.executable, "-m", "tests.load.billing_child", url]
    children = [Popen([*command, str(n)], stdin=PIPE, stdout=PIPE, text=True) for n in range(workers)]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # it is ready
    with december():
        start(Database(url), mode)
    began = time.monotonic()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    ends = [child.communicate()[0].split()[-2:] for child in children]
    rate = count / (time.monotonic() - began)
    computed = sum(float(seconds) for _, seconds in ends)
    return Worked(rate, max(float(megabytes) for megabytes, _ in ends), computed / count * 1e6)


def naively(url: str) -> float:
    """
    Bill the town one account and one commit at a time, through records; return how many a second.
    """
    db, count = Database(url), _town(url)
    began = time.monotonic()
    with december():
        for number in range(1, count + 1):
            _bill_naively(db, customer(number))
    return count / (time.monotonic() - began)


def _bill_naively(db: Database, customer_id: str) -> None:
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        before = account.balance.minor
        charged = []
        for id, held in holdings_of(session, [customer_id])[customer_id].holdings.items():
            span = next_period(account.billing_day, held.since, months=held.months)
            for line in lines(held.prices, span, anchor_day=account.billing_day, code=Code.RECURRING):
                charged.append(Charged(line=line, subscription_id=id))
            session.get_one(Subscription, id).charged_through = span.end
        due_on = DECEMBER + timedelta(days=15)
        invoice = issue_invoice(session, account, charged, issued_on=DECEMBER, due_on=due_on, now=clock.now())
        plan_next_bill(session, account)
        if invoice:
            tell_invoice(session, invoice)
        tell_balance(session, account, before=before)


def _town(url: str) -> int:
    with Database(url).read() as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def _billed(id: str, engine: str, done: Worked, naive: float, raw: float) -> Figure:
    note = f"{MANY:,} accounts, {_cpu(done)}; {NAIVELY}: {naive:,.0f}"
    return _figure(id, engine, done.rate, RAW, raw, note)


def _cpu(done: Worked) -> str:
    return f"CPU of the worker {done.microseconds:,.0f} us each"


def _figure(id: str, engine: str, value: float, beside: str, compared: float, note: str) -> Figure:
    return Figure(id=id, engine=engine, value=value, compared_with=beside, compared_value=compared, note=note)
