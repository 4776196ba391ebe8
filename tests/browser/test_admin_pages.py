"""Every admin page of every service, found by following the links as the administrator sees them."""

from typing import Any

import pytest

from tests.browser.walking import walk

pytestmark = pytest.mark.browser

SERVICES = {"customers": "customers", "catalog": "catalog", "billing": "billing", "tickets": "tickets"}
SERVICES["portal"] = "portal-gateway"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", SERVICES)
def test_every_page_keeps_our_promises(
    look: Any, ledgerline: dict[str, str], as_admin: Any, service: str
) -> None:
    page = look.page(storage_state=as_admin)
    pages = walk(look, page, f"{ledgerline[SERVICES[service]]}/admin/{service}")

    assert len(pages) > 1
    assert {url: wrong for url, wrong in pages.items() if wrong} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_an_admin_page_is_light(look: Any, ledgerline: dict[str, str], as_admin: Any, service: str) -> None:
    page = look.at(f"{ledgerline[SERVICES[service]]}/admin/{service}", storage_state=as_admin)

    size, requests = look.weight(page)

    assert size <= 100_000
    assert requests <= 8  # with the way to sign on
