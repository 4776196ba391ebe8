"""Staff bill and act on many with the keyboard alone: runs, bills sent or printed together, plans of many."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from shared import clock
from tests.browser.conftest import Look
from tests.browser.test_portal_flows import Keys

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SOON = 20_000  # milliseconds in which the worker has looked at a few rows


@pytest.fixture
def keys(look: Look, ledgerline: dict[str, str], as_admin: Any) -> Keys:
    """
    A keyboard at billing's overview.
    """
    return Keys(look.at(f"{ledgerline['billing']}/admin/billing", storage_state=as_admin))


def go(keys: Keys, name: str, heading: str) -> None:
    keys.press(name)
    expect(keys.page.get_by_role("heading", level=1)).to_have_text(re.compile(heading), timeout=SOON)


def reach(keys: Keys, name: str) -> None:
    keys.reach(lambda at: at["tag"] in ("A", "BUTTON", "SELECT") and name in at["name"], name)


def in_forty_days() -> str:
    return f"{clock.today('UTC') + timedelta(days=40):%m%d%Y}"


def test_a_run_is_previewed_up_to_the_button_that_issues_it(keys: Keys) -> None:
    go(keys, "Billing runs", "Billing runs")
    keys.write("Bill until", in_forty_days())

    go(keys, "Preview", "until")

    issue = keys.page.get_by_role("button", name=re.compile("^Issue [0-9]+ invoice"))
    expect(issue).to_be_visible(timeout=SOON)
    reach(keys, "Issue ")
    expect(issue).to_be_focused()


def test_bills_are_printed_and_sent_together(keys: Keys) -> None:
    go(keys, "Invoices", "Invoices")

    go(keys, "PDFs (ZIP)", "PDFs of bills")
    expect(keys.page.get_by_role("link", name="Download all (ZIP)")).to_be_visible(timeout=SOON)
    reach(keys, "Download all (ZIP)")
    go(keys, "Invoices", "Invoices")
    go(keys, "Send again", "Send bills again")
    confirm = keys.page.get_by_role("button", name=re.compile("^Send [0-9]+ bills? again"))
    expect(confirm).to_be_visible(timeout=SOON)
    keys.press("Send ")

    expect(keys.page.get_by_text("Confirmed. It is being done.")).to_be_visible()


def test_plans_of_many_are_previewed(keys: Keys) -> None:
    go(keys, "Change plans of many", "Change plans of many")
    keys.press("New change")
    expect(keys.page.get_by_label("Present plan")).to_be_visible()
    for field, plan in (("Present plan", "Fibre 300"), ("New plan", "Fibre 100")):
        reach(keys, field)
        keys.page.keyboard.type(plan)
    keys.write("New plan start date", in_forty_days())

    keys.press("Preview")

    keys.page.wait_for_url("**/bulk-changes/blk_*")
    expect(keys.page.get_by_role("main")).to_contain_text("Robert Myers", timeout=SOON)
