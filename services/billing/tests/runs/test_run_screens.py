"""Billing runs and next invoices as staff, the command line and the gateway see them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select, update

from billing import cli
from billing.admin import blueprints, dress
from billing.domain.run import Mode, Pace, pace
from billing.models import BillingRun, Customer, Segment
from billing.usecases.start_billing_run import continue_billing_run, stop_billing_run
from billing.usecases.work_billing_run import work_billing_run
from shared import clock
from shared.contracts.billing import InvoiceIssued
from shared.settings import ServiceSettings, read
from shared.testing import told
from shared.web.app import make_app

HERE = "/admin/billing"
PARTNER = "par_00000000000000000000000001"
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
ALL = ("invoices.view", "runs.manage", "orders.view", "customers.view", "payments.view")


@pytest.fixture
def staff(town: Any, keys_dir: Any, travel: Any) -> FlaskClient:
    environment = {
        "DATABASE_URL": town.db.url,
        "BUS_URL": "sqlbus:////tmp/unused",
        "KEYS_DIR": str(keys_dir),
        "ADMIN_URLS": "customers=http://localhost:8001,billing=http://localhost:8003",
    }
    app = make_app(
        "billing",
        read(ServiceSettings, environment),
        town.db,
        title="Billing",
        html_blueprints=blueprints(),
    )
    dress(app)
    travel(datetime.fromisoformat("2026-12-01T06:00:00+00:00"))
    return app.test_client()


def test_without_a_run_the_page_says_when_the_next_one_starts(staff, sign_in_staff):
    sign_in_staff(staff, *ALL)

    page = staff.get(f"{HERE}/runs").text

    assert "No run yet" in page
    assert "1 December" in page
    assert "Harbour Fibre (7 accounts)" in page


def test_a_preview_is_looked_at_and_issued(town, staff, sign_in_staff):
    csrf = sign_in_staff(staff, *ALL)

    started = post(staff, csrf, "/runs", on="2026-12-01", partner=PARTNER)
    again = post(staff, csrf, "/runs", on="2026-12-01", partner=PARTNER)
    assert started.location == again.location
    assert "Halt" in staff.get(started.location).text
    town.work()

    page = staff.get(started.location).text
    assert "Issue 7 invoices" in page
    assert "7 invoices over €210.00 are issued" in page
    assert "1 has no address and finds it in the portal." in page
    assert staff.get(f"{started.location}?show=unmailed").text.count("First invoice") == 1
    with town.db.begin() as session:
        session.execute(update(Customer).values(has_email=True))
    page = staff.get(started.location).text
    assert "All of these customers are mailed their bills." in page
    assert "Fibre 100: €30.00 for 1 Dec to 31 Dec" in page
    assert page.count("First invoice") == 7

    issued = post(staff, csrf, f"{path(started)}/issue", invoices="7", total_minor="21000")
    town.work()
    page = staff.get(issued.location).text
    assert "202601000007" in page
    bills = [fact for fact in told(town.db) if isinstance(fact, InvoiceIssued)]
    assert [(bill.mail, bill.open == bill.total) for bill in bills] == [(True, True)] * 7
    assert town.numbers() == [f"2026010000{n:02d}" for n in range(1, 8)]


def test_a_page_that_is_out_of_date_issues_nothing(town, staff, sign_in_staff):
    csrf = sign_in_staff(staff, *ALL)
    run_id = town.start(Mode.PREVIEW)
    town.work()

    answer = post(staff, csrf, f"/runs/{run_id}/issue", invoices="6", total_minor="18000")

    assert answer.status_code == 409
    assert "The preview has changed since" in answer.text
    assert town.numbers() == []


def test_what_failed_is_shown_first_and_tried_again(town, staff, sign_in_staff):
    csrf = sign_in_staff(staff, *ALL)
    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_4").values(currency="USD"))
    run_id = town.start(Mode.PREVIEW)
    town.work()

    page = staff.get(f"{HERE}/runs/{run_id}").text
    assert "Fibre 100 is priced in USD, but the account is kept in EUR. Put the price right." in page
    assert "ForeignCurrency" not in page
    assert "Customer 5" not in page
    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_4").values(currency="EUR"))
    post(staff, csrf, f"/runs/{run_id}/rate-again", customer=f"cus_{4:026d}")
    town.work()

    run = town.run(run_id)
    assert (run.failed, run.done, run.invoices, run.total_minor) == (0, 7, 7, 21000)


def test_a_run_is_halted_and_goes_on(town, staff, sign_in_staff):
    csrf = sign_in_staff(staff, *ALL)
    run_id = town.start(Mode.ISSUE)

    post(staff, csrf, f"/runs/{run_id}/stop")
    town.work()
    assert town.numbers() == []
    post(staff, csrf, f"/runs/{run_id}/continue")
    town.work()

    assert len(town.numbers()) == 7


def test_a_run_says_how_fast_it_goes_and_how_long_it_will_take(town, staff, sign_in_staff):
    sign_in_staff(staff, *ALL)
    run_id = town.start(Mode.ISSUE)
    work_billing_run(town.db, worker="test", batch=3)
    with town.db.begin() as session:
        run = session.get_one(BillingRun, run_id)
        run.started_at, run.items = clock.real_now() - timedelta(seconds=0.75), 3 + 4 * 100

    assert re.search(r"\d accounts? a second · about \d+ ", staff.get(f"{HERE}/runs/{run_id}").text)
    assert pace(done=3, items=403, took=timedelta(seconds=0.75)) == Pace(
        per_second=4.0, left=timedelta(seconds=100)
    )
    assert pace(done=0, items=403, took=timedelta(seconds=9)) is None

    with town.db.begin() as session:
        stop_billing_run(session, run_id=run_id, now=clock.now())
        halted = session.get_one(BillingRun, run_id)
        halted.started_at, halted.finished_at = NOON, NOON + timedelta(seconds=2)
    with town.db.begin() as session:
        continue_billing_run(session, run_id=run_id, now=clock.now())
    with town.db.read() as session:
        took = clock.real_now() - session.get_one(BillingRun, run_id).started_at
    assert timedelta(seconds=2) <= took < timedelta(seconds=30)  # the years between were a pause


def test_who_may_only_look_starts_nothing(town, staff, sign_in_staff):
    csrf = sign_in_staff(staff, "invoices.view")

    assert post(staff, csrf, "/runs", on="2026-12-01", partner=PARTNER).status_code == 403
    assert staff.get(f"{HERE}/runs").status_code == 200
    with town.db.read() as session:
        assert session.scalars(select(BillingRun)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("on", ""), ("on", "2026-02-30"), ("on", "2099-01-01"), ("on", "1 December"), ("partner", "")],
)
def test_a_bad_field_brings_the_form_back(staff, sign_in_staff, field, value):
    csrf = sign_in_staff(staff, *ALL)
    fields = {"on": "2026-12-01", "partner": PARTNER} | {field: value}

    answer = post(staff, csrf, "/runs", **fields)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_the_next_invoice_is_shown_for_any_day_without_writing(town, staff, sign_in_staff):
    sign_in_staff(staff, *ALL)
    where = f"{HERE}/customers/cus_{1:026d}/next-invoice"

    page = staff.get(where).text
    later = staff.get(f"{where}?on=2027-02-01").text

    assert "€30.00 for 1" in page
    assert "€30.00" in page
    assert "€90.00" in later
    assert staff.get(f"{where}?on=2026-11-30").status_code == 422
    assert staff.get(f"{where}?on=soon").status_code == 422
    assert town.numbers() == []


def test_the_gateway_asks_for_the_next_invoice(months, gateway):
    months.order()

    soon = gateway.get("/next-invoice").get_json()
    later = gateway.get("/next-invoice", on="2027-01-15").get_json()

    assert (soon["on"], soon["total"]["amount"], soon["following_on"]) == (
        "2026-12-01",
        "30.00",
        "2027-01-01",
    )
    assert [line["explanation"] for line in soon["lines"]] == ["30.00 for 1 to 31 Dec"]
    assert later["total"] == {"amount": "60.00", "currency": "EUR"}
    assert gateway.get("/next-invoice", on="2020-01-01").status_code == 422


def test_the_command_line_previews_and_issues(town, surroundings):
    preview = run_command("--preview")
    assert preview.exit_code == 0, preview.output
    assert town.numbers() == []
    issue = run_command("--issue", "--partner", "Harbour Fibre")

    assert re.search(r"7 invoices, EUR 210.00, 0 failed", issue.output)
    assert len(town.numbers()) == 7


def test_the_command_line_says_when_accounts_failed(town, surroundings):
    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_4").values(currency="USD"))

    issue = run_command("--issue")

    assert issue.exit_code == 1
    assert "6 invoices, EUR 180.00, 1 failed" in issue.output
    assert run_command("--issue", "--partner", "Nobody").exit_code == 2


@pytest.fixture
def surroundings(town: Any, keys_dir: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the command line is told by its environment.
    """
    monkeypatch.setenv("DATABASE_URL", town.db.url)
    monkeypatch.setenv("KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("BUS_URL", "sqlbus:////tmp/unused")
    monkeypatch.setenv("PAYMENTS_API_KEY", "key")
    monkeypatch.setenv("PAYMENTS_WEBHOOK_SECRET", "secret")


def run_command(*options: str) -> Any:
    return CliRunner().invoke(cli.main, ["run", "--date", "2026-12-01", *options])


def post(staff: FlaskClient, csrf: str, path: str, **fields: str) -> Any:
    return staff.post(HERE + path, data={"csrf_token": csrf} | fields)


def path(answer: Any) -> str:
    return str(answer.location).removeprefix(HERE)
