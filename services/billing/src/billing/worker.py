"""Billing's worker: hears facts, sends facts, and moves money."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from os import getpid

from billing.clients.chosen import provider_of
from billing.clients.provider import PaymentProvider
from billing.handlers import handlers
from billing.settings import Settings
from billing.usecases.apply_due_changes import apply_due_changes
from billing.usecases.check_ledger import check_ledger_nightly
from billing.usecases.count_months import count_months
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.expire_data import expire_data
from billing.usecases.expire_orders import expire_orders
from billing.usecases.follow_settings import catch_up_with_settings, follow_settings
from billing.usecases.forget_old import forget_old
from billing.usecases.give_up_payment import give_up_payments
from billing.usecases.grant_period_data import grant_period_data
from billing.usecases.guard_clock import ClockGuard
from billing.usecases.pay_order import pay_order
from billing.usecases.receive_webhook import work_webhooks
from billing.usecases.remind_due_accounts import remind_due_accounts
from billing.usecases.renew_contracts import renew_contracts
from billing.usecases.renew_prepaid import renew_prepaid
from billing.usecases.resolve_unknown_payments import resolve_unknown_payments
from billing.usecases.retry_collections import retry_collections
from billing.usecases.return_prepaid import return_prepaid
from billing.usecases.review_due_accounts import review_due_accounts
from billing.usecases.review_prepaid import review_prepaid_accounts
from billing.usecases.send_refunds import send_refunds
from billing.usecases.start_due_runs import start_due_runs
from billing.usecases.start_subscriptions import start_subscriptions
from billing.usecases.work_billing_run import work_billing_run
from billing.usecases.work_bulk_acts import work_bulk_acts
from billing.usecases.work_bulk_changes import work_bulk_changes
from billing.usecases.work_pauses import work_pauses
from shared import clock
from shared.bus.worker import Job, Worker
from shared.cli import settings_or_exit
from shared.context import use
from shared.db import Database

PAYMENTS_AT_ONCE = 8
FORGET_SECONDS = 3600.0


def jobs(db: Database, provider: PaymentProvider, *, clock_may_jump: timedelta | None = None) -> list[Job]:
    """
    Return the clock work of billing; what acts on the date waits while that is not believed.
    """
    guarded = ClockGuard(db, most=clock_may_jump).guarded
    me = f"{socket.gethostname()}:{getpid()}"
    pay = AtOnce(PAYMENTS_AT_ONCE, lambda: pay_order(db, provider, worker=me))
    ask = AtOnce(PAYMENTS_AT_ONCE, lambda: resolve_unknown_payments(db, provider, worker=me))
    return [
        Job("pay-orders", 0.5, _as_billing(pay.run), wake_on_write=True),
        Job("provider-notices", 0.5, _as_billing(lambda: work_webhooks(db, provider)), wake_on_write=True),
        Job("resolve-unknown-payments", 0.5, _as_billing(ask.run)),
        Job("send-refunds", 0.5, _as_billing(lambda: send_refunds(db, provider))),
        Job("bulk-plan-changes", 1.0, _as_billing(lambda: work_bulk_changes(db))),
        Job("bulk-acts", 1.0, _as_billing(lambda: work_bulk_acts(db))),
        Job("return-prepaid", 2.0, _as_billing(lambda: return_prepaid(db)), wake_on_write=True),
        Job("follow-settings", 5.0, _as_billing(lambda: follow_settings(db))),
        Job("settings-again", 600.0, _as_billing(lambda: catch_up_with_settings(db))),
        Job("check-ledger", 600.0, _as_billing(lambda: check_ledger_nightly(db))),
        Job("count-months", 60.0, _as_billing(lambda: count_months(db))),
        *(replace(job, run=guarded(job.run)) for job in _by_date(db, provider, me)),
    ]


def _by_date(db: Database, provider: PaymentProvider, me: str) -> list[Job]:
    """
    Return what is done because a date has come.
    """
    return [
        Job("give-up-payments", 0.5, _as_billing(lambda: give_up_payments(db, provider))),
        Job("retry-collections", 60.0, _as_billing(lambda: retry_collections(db))),
        Job("expire-orders", 5.0, _as_billing(lambda: expire_orders(db, provider))),
        Job("apply-plan-changes", 1.0, _as_billing(lambda: apply_due_changes(db))),
        Job("start-subscriptions", 5.0, _as_billing(lambda: start_subscriptions(db))),
        Job("renew-contracts", 60.0, _as_billing(lambda: renew_contracts(db))),
        Job("end-subscriptions", 30.0, _as_billing(lambda: end_subscriptions(db))),
        Job("pauses", 30.0, _as_billing(lambda: work_pauses(db))),
        Job("renew-prepaid", 5.0, _as_billing(lambda: renew_prepaid(db))),
        Job("grant-period-data", 5.0, _as_billing(lambda: grant_period_data(db, now=clock.now()))),
        Job("expire-data", 600.0, _as_billing(lambda: expire_data(db, now=clock.now()))),
        Job("review-prepaid", 30.0, _as_billing(lambda: review_prepaid_accounts(db))),
        Job("dunning", 5.0, _as_billing(lambda: review_due_accounts(db))),
        Job("reminders", 30.0, _as_billing(lambda: remind_due_accounts(db))),
        Job("start-billing-runs", 5.0, _as_billing(lambda: start_due_runs(db))),
        Job("work-billing-runs", 0.5, _as_billing(lambda: work_billing_run(db, worker=me))),
        Job("forget-old-business", FORGET_SECONDS, lambda: _forget(db)),
    ]


class AtOnce:
    """
    Works on up to *most* things at once, so that one hanging call does not keep the others waiting.

    *work* does the next thing and tells whether there was one.
    """

    def __init__(self, most: int, work: Callable[[], bool]) -> None:
        self._pool = ThreadPoolExecutor(most)
        self._most, self._work = most, work
        self._running, self._lock = 0, threading.Lock()

    def run(self) -> bool:
        """
        Do what there is to do; each worker that finds something starts another, up to the limit.
        """
        found = self._work()
        while found:
            self._help()
            found = self._work()
        return False

    def _help(self) -> None:
        with self._lock:
            if self._running >= self._most - 1:
                return
            self._running += 1
        self._pool.submit(copy_context().run, self._until_done)

    def _until_done(self) -> None:
        try:
            while self._work():
                pass
        finally:
            with self._lock:
                self._running -= 1


def _as_billing(run: Callable[[], object]) -> Callable[[], object]:
    def job() -> object:
        with use(actor="service:billing"):
            return run()

    return job


def _forget(db: Database) -> None:
    with db.begin() as session:
        forget_old(session, now=clock.now())


def main() -> None:
    """
    Run the worker until it is told to stop.
    """
    settings = settings_or_exit(Settings, service="billing")
    db = Database(settings.database_url, pool_size=PAYMENTS_AT_ONCE * 2)
    work = jobs(db, provider_of(settings), clock_may_jump=settings.clock_may_jump)
    Worker("billing", db, handlers, settings.bus_url, jobs=work).run()
