"""Every admin page of every service, found by following the links as the administrator sees them."""

import re
from collections import deque
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NAMED = re.compile(r"[a-z]{3}_[0-9A-Z]{26}|plan_[0-9A-Z]{26}|\?.*")


def walk(page: Page, start: str) -> list[str]:
    """
    Return the pages reached from *start*, one of each kind.
    """
    root = urlsplit(start)
    waiting, found = deque([start]), dict[str, str]()
    while waiting:
        url = waiting.popleft()
        kind = NAMED.sub("*", url)
        if kind in found:
            continue
        found[kind] = url
        page.goto(url)
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href.split('#')[0])")
        waiting.extend(
            link
            for link in links
            if urlsplit(link).netloc == root.netloc and urlsplit(link).path.startswith(root.path)
        )
    return list(found.values())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", ["customers", "catalog", "billing", "tickets"])
def test_every_page_keeps_our_promises(look, ledgerline: dict[str, str], as_admin, service: str) -> None:
    page = look.page(storage_state=as_admin)
    broken = {}

    for url in walk(page, f"{ledgerline[service]}/admin/{service}"):
        answer = page.goto(url)
        wrong = [*look.faults(page), *look.axe(page), *look.small_targets(page, 24)]
        look.darken(page)
        wrong += look.axe(page)
        path = NAMED.sub("", urlsplit(url).path)
        look.shot(page, f"dark{path.replace('/', '-')}")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": 320, "height": 800})
        if look.overflow(page):
            wrong.append(f"{look.overflow(page)} pixels too wide")
        page.set_viewport_size({"width": 1360, "height": 900})
        if answer is None or answer.status != 200:
            wrong.append("is not answered")
        if wrong:
            broken[url] = wrong

    assert broken == {}


@pytest.mark.parametrize("service", ["customers", "catalog", "billing", "tickets"])
def test_an_admin_page_is_light(look, ledgerline: dict[str, str], as_admin, service: str) -> None:
    page = look.at(f"{ledgerline[service]}/admin/{service}", storage_state=as_admin)

    size, requests = look.weight(page)

    assert size <= 100_000
    assert requests <= 8  # with the way to sign on
