"""Finding every page by following links, and asking of each what we promise of all."""

import re
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

NAMED = re.compile(r"[a-z]{3,4}_[0-9A-Z]{26}|\?.*")


FILES = (".csv", ".pdf")  # to be kept, not looked at


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
            if not urlsplit(link).path.endswith(FILES) and "as=csv" not in link
        )
    return list(found.values())


def broken_promises(look: Any, page: Page, url: str) -> list[str]:
    """
    Return what is wrong with the page at *url*: in both themes, and on the smallest screen.
    """
    answer = page.goto(url)
    wrong = [] if answer and answer.status == 200 else ["is not answered"]
    wrong += [*look.faults(page), *look.axe(page), *look.small_targets(page, 24)]
    look.darken(page)
    wrong += look.axe(page)
    look.shot(page, "dark" + NAMED.sub("", urlsplit(url).path).replace("/", "-"))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 320, "height": 800})
    if look.overflow(page):
        wrong.append(f"{look.overflow(page)} pixels too wide")
    page.set_viewport_size({"width": 1360, "height": 900})
    return wrong
