"""The matrix of plan changes with a keyboard, without JavaScript, and on the smallest screen."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SMALLEST, Look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FOCUS = "() => document.activeElement.closest('label')?.textContent.trim() || ''"


def opened(look: Look, ledgerline: dict[str, str], as_admin: Any, **options: Any) -> Page:
    """
    Open the matrix as the administrator.
    """
    return look.at(f"{ledgerline['catalog']}/admin/catalog/plan-changes", storage_state=as_admin, **options)


def way(page: Page, source: str, target: str) -> Locator:
    """
    Return the check box of one way.
    """
    return page.get_by_role("checkbox", name=f"From {source} to {target},")


def row_of(page: Page, source: str) -> Locator:
    """
    Return the row of a plan.
    """
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=source))


def test_arrows_move_and_space_ticks(look: Look, ledgerline: dict[str, str], as_admin: Any) -> None:
    page = opened(look, ledgerline, as_admin)
    way(page, "Mobile 5 GB", "Mobile 10 GB").focus()
    path = []

    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        path.append(page.evaluate(FOCUS).split(",")[0].removeprefix("From "))
    ticked = way(page, "Mobile 10 GB", "Fibre 100").is_checked()
    way(page, "Mobile 10 GB", "Fibre 100").focus()
    page.keyboard.press("Space")

    assert path == [
        "Mobile 5 GB to Fibre 100",
        "Mobile 5 GB to Fibre 300",
        "Mobile 10 GB to Fibre 300",
        "Mobile 10 GB to Fibre 100",
        "Mobile 10 GB to Mobile 5 GB",
        "Mobile 10 GB to Mobile 5 GB",
    ]
    assert way(page, "Mobile 10 GB", "Fibre 100").is_checked() is not ticked
    look.shot(page, "matrix-desk")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_filled_row_is_saved(look: Look, ledgerline: dict[str, str], as_admin: Any, scripts: bool) -> None:
    page = opened(look, ledgerline, as_admin, java_script_enabled=scripts)
    source = "Fibre 300" if scripts else "Fibre 500"
    row = row_of(page, source)

    row.get_by_role("button", name=f"Tick all from {source}").click()
    expect(row.locator("input:checked")).to_have_count(4)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Saved: 1 plan.")).to_be_visible()
    expect(row.locator("input:checked")).to_have_count(4)


def test_a_row_without_ticks_warns(look: Look, ledgerline: dict[str, str], as_admin: Any) -> None:
    page = opened(look, ledgerline, as_admin)
    row = row_of(page, "Static IP")
    warning = row.get_by_text("No plans to change to")

    expect(warning).to_be_visible()
    way(page, "Static IP", "Family TV").check()
    expect(warning).to_be_hidden()


def test_it_has_no_barriers_on_the_smallest_screen(
    look: Look, ledgerline: dict[str, str], as_admin: Any
) -> None:
    page = opened(look, ledgerline, as_admin, width=SMALLEST)
    found = [*look.axe(page), *look.faults(page), *look.small_targets(page, 24)]
    look.shot(page, "matrix-phone")
    found += look.axe_in_the_dark(page)
    look.shot(page, "matrix-dark")

    assert found == []
    assert look.overflow(page) == 0


def test_the_headings_stay_in_sight(look: Look, ledgerline: dict[str, str], as_admin: Any) -> None:
    page = opened(look, ledgerline, as_admin, width=SMALLEST)
    box = page.get_by_role("group", name="Internet")

    box.get_by_role("checkbox").last.scroll_into_view_if_needed()

    assert box.evaluate("box => box.scrollLeft") > 0
    expect(box.get_by_role("rowheader", name="Fibre 500")).to_be_in_viewport(ratio=0.9)
    box.evaluate("box => box.style.blockSize = '15rem'")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(box.get_by_role("columnheader", name="Mobile 5 GB")).to_be_in_viewport(ratio=0.9)
