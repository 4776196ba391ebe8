"""The command line: migrate, seed, worker, bus, run, sandbox-payments."""

from contextlib import closing
from datetime import date, datetime
from getpass import getuser
from os import getpid
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url, select

from billing import worker
from billing.clients.sandbox.server import Merchant, serve
from billing.domain.run import Mode, RunState
from billing.handlers import handlers
from billing.models import BillingRun, Partner
from billing.settings import Settings
from billing.usecases.check_ledger import check_ledger
from billing.usecases.claim_run_items import release_run_items
from billing.usecases.guard_clock import ClockGuard
from billing.usecases.seed_demo import CUSTOMERS, seed_demo
from billing.usecases.start_billing_run import start_billing_run
from billing.usecases.work_billing_run import work_billing_run
from shared import clock
from shared.bus.cli import bus_commands
from shared.cli import service_cli, settings_or_exit
from shared.context import use
from shared.db import Database
from shared.money import Money


def _seed(db: Database, _settings: Settings) -> None:
    with db.begin() as session:
        seed_demo(session, now=clock.now())


main = service_cli("billing", "billing", Settings, worker=worker.main, seed=_seed, bus=bus_commands(handlers))


@main.command(name="sandbox-payments")
def sandbox_payments() -> None:
    """
    Run the sandbox payment provider: a process and a SQLite database of its own (sandbox only).
    """
    settings = settings_or_exit(Settings, service="billing")
    if settings.in_production:
        raise click.ClickException("the sandbox payment provider is refused in production")
    merchant = Merchant(
        api_key=settings.payments_api_key,
        webhook_url=f"{settings.admin_urls['billing']}/api/v1/webhooks/sandbox",
        webhook_secret=settings.payments_webhook_secret,
        demo_customers=tuple(CUSTOMERS),
    )
    file = make_url(settings.database_url).database
    if not settings.database_url.startswith("sqlite") or not file:
        raise click.ClickException("the sandbox payment provider keeps its data in SQLite only")
    serve(
        merchant,
        port=urlsplit(settings.payments_url).port or 8005,
        database=Path(file),
        public_url=settings.payments_url,
    )


@main.command()
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Bill until this day.")
@click.option("--partner", "names", multiple=True, help="Its id or name; every partner when left out.")
@click.option("--preview", "mode", flag_value=Mode.PREVIEW.value, default=True, help="Write no document.")
@click.option("--issue", "mode", flag_value=Mode.ISSUE.value, help="Issue the bills.")
def run(on: datetime, names: tuple[str, ...], mode: str) -> None:
    """
    Preview or issue what is due until a day, and wait for it.

    Starting twice works on the same run; Ctrl-C gives back what was not done, and the next call goes on.
    Ends with 1 when accounts failed, 3 when a person halted the run.
    """
    settings = settings_or_exit(Settings, service="billing")
    db = Database(settings.database_url)
    if not ClockGuard(db, most=settings.clock_may_jump).believes():
        raise click.ClickException("The clock has jumped ahead: confirm the date under Billing runs first.")
    with use(actor=f"cli:{getuser()}"), closing(db):
        ended = [_run(db, id, on=on.date(), mode=Mode(mode)) for id in _partners(db, names)]
    if any(each.state is not RunState.DONE for each in ended):
        raise SystemExit(3)
    raise SystemExit(1 if any(each.failed for each in ended) else 0)


@main.command()
def check() -> None:
    """
    Recompute every balance from the journal now; ends with 1 when anything differs.
    """
    settings = settings_or_exit(Settings, service="billing")
    with use(actor=f"cli:{getuser()}"):
        found = check_ledger(Database(settings.database_url), now=clock.now())
    for each in found.differences:
        click.echo(f"{each['kind']} {each['id']}: {each['stored']}, should be {each['recomputed']}", err=True)
    verdict = "the books agree" if found.ok else f"{len(found.differences)} differences"
    click.echo(f"{found.accounts} accounts checked: {verdict}.")
    raise SystemExit(0 if found.ok else 1)


def _partners(db: Database, names: tuple[str, ...]) -> list[str]:
    with db.read() as session:
        known = {row.id: row.name for row in session.scalars(select(Partner).order_by(Partner.number))}
    missing = [name for name in names if name not in known and name not in known.values()]
    if missing:
        raise click.BadParameter(f"no partner is called {missing[0]!r}", param_hint="--partner")
    return [id for id, name in known.items() if not names or id in names or name in names]


def _run(db: Database, partner_id: str, *, on: date, mode: Mode) -> BillingRun:
    with db.begin() as session:
        run_id = start_billing_run(session, partner_id=partner_id, cut_off=on, mode=mode, now=clock.now()).id
        partner = session.get_one(Partner, partner_id).name
    me = f"cli:{getpid()}"
    try:
        found = _watch(db, run_id, label=f"{partner}, {mode.value}", worker=me)
    except KeyboardInterrupt:
        release_run_items(db, run_id=run_id, worker=me)
        click.echo(f"\nInterrupted: {run_id} stays open, a worker or this command goes on.", err=True)
        raise SystemExit(130) from None
    total = Money(found.total_minor, found.currency)
    click.echo(f"{partner}: {found.invoices} invoices, {total}, {found.failed} failed ({found.id})")
    return found


def _watch(db: Database, run_id: str, *, label: str, worker: str) -> BillingRun:
    with click.progressbar(length=1, label=label, show_pos=True) as bar:
        while True:
            more = work_billing_run(db, worker=worker, run_id=run_id)
            with db.read() as session:
                found = session.get_one(BillingRun, run_id)
            bar.length = max(found.items, 1)
            bar.update(found.done + found.failed - bar.pos)
            if found.state in (RunState.DONE, RunState.STOPPED):
                return found
            if not more:
                sleep(0.2)  # others hold the rest
