"""A run whose process is killed at any step, or that many work on, bills everybody once, without a gap."""

import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.domain.run import Mode, RunState
from billing.models import Account, BillingRun, JournalEntry, Payment, RunItem
from billing.queries.to_bill import KnownSettings
from billing.usecases.bill_accounts import bill_accounts
from billing.usecases.work_billing_run import work_billing_run
from services.billing.tests.runs.conftest import customer
from shared import clock
from shared.settings import environment
from shared.testing import told

POINTS = [
    "billing.run.filling",
    "billing.run.claimed",
    "billing.run.rated",
    "billing.run.posted",
    "billing.run.issued",
    "billing.run.noted",
    "billing.run.committed",
]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_and_begun_again_everybody_is_billed_and_charged_once(
    town: Any, shop: Any, keys_dir: Any, point: str
) -> None:
    town.decide(charge_card=True)
    for number in range(1, 8):
        shop.customer = customer(number)
        shop.card()
    killed = _command(town, keys_dir, FAILPOINT=point)
    assert killed.returncode == -9, killed.stderr
    with town.db.begin() as session:  # a minute later the claims of the dead have ended
        past = clock.real_now() - timedelta(seconds=1)
        session.execute(update(RunItem).where(RunItem.owner.is_not(None)).values(lease_until=past))

    again = _command(town, keys_dir)

    assert again.returncode == 0, again.stderr
    assert [number[-1] for number in town.numbers()] == [str(n) for n in range(1, 8)]
    with town.db.read() as session:
        runs = session.scalars(select(BillingRun)).all()
        assert {run.state for run in runs} == {RunState.DONE}
        assert (sum(run.done for run in runs), sum(run.invoices for run in runs)) == (7, 7)
        assert set(session.scalars(select(Account.owed_minor))) == {3000}
        assert session.execute(select(func.sum(JournalEntry.amount_minor))).scalar_one() == 0
        begun = session.scalars(select(Payment).order_by(Payment.customer_id)).all()
        assert [(each.customer_id, each.amount_minor) for each in begun] == [
            (customer(number), 3000) for number in range(1, 8)
        ]


def test_two_workers_share_a_run(town: Any) -> None:
    run_id = town.start(Mode.ISSUE)
    trouble: list[BaseException] = []

    def work(name: str) -> None:
        try:
            while work_billing_run(town.db, worker=name, run_id=run_id, batch=1):
                pass
        except BaseException as found:
            trouble.append(found)

    workers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert trouble == []
    run = town.run(run_id)
    assert (run.done, run.invoices, run.failed) == (7, 7, 0)
    assert [number[-1] for number in town.numbers()] == [str(n) for n in range(1, 8)]


def test_a_batch_is_one_transaction(town: Any) -> None:
    # A batch that fails is done again one by one: nothing else would show that the batch is broken.
    with town.db.begin() as session:
        ids = list(session.scalars(select(Account.customer_id)))
        day = session.scalars(select(Account.next_bill_on)).first()
        assert day is not None
        known = KnownSettings(session)
        billed = bill_accounts(session, ids * 4, cut_off=day, now=clock.now(), known=known)

    assert len(billed) == 7
    assert len(town.numbers()) == 7


def test_what_told_many_facts_at_once_told_them_all(town: Any) -> None:
    with town.db.begin() as session:
        for number in range(8, 31):
            town.settle(session, number)
    town.start(Mode.ISSUE)
    while work_billing_run(town.db, worker="a", batch=200):
        pass

    names = [fact.fact_name for fact in told(town.db)]
    assert names.count("billing.invoice_issued") == names.count("billing.balance_changed") == 30


def _command(town: Any, keys_dir: Any, **more: str) -> subprocess.CompletedProcess[str]:
    surroundings = {
        **environment(),
        "DATABASE_URL": town.db.url,
        "KEYS_DIR": str(keys_dir),
        "BUS_URL": "sqlbus:////tmp/unused",
        "PAYMENTS_API_KEY": "key",
        "PAYMENTS_WEBHOOK_SECRET": "secret",
        **more,
    }
    run = "from billing.cli import main; main(['run', '--date', '2026-12-01', '--issue'])"
    return subprocess.run(
        [sys.executable, "-c", run], env=surroundings, capture_output=True, text=True, timeout=100
    )
