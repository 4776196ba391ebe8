"""Finding every page by following links, and asking of each what we promise of all."""

import re
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

NAMED = re.compile(r"[a-z]{3,4}_[0-9A-Z]{26}|\?.*")


FILES = (".csv", ".pdf")  # to be kept, not looked at


def walk(look: Any, page: Page, start: str) -> dict[str, list[str]]:
    """
    Return the pages reached from *start*, one of each kind, with what is wrong with each.
    """
    root = urlsplit(start)
    waiting, kinds, found = deque([start]), set[str](), dict[str, list[str]]()
    while waiting:
        url = waiting.popleft()
        kind = NAMED.sub("*", url)
        if kind in kinds:
            continue
        kinds.add(kind)
        found[url] = broken_promises(look, page, url)
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href.split('#')[0])")
        waiting.extend(
            link
            for link in links
            if urlsplit(link).netloc == root.netloc and urlsplit(link).path.startswith(root.path)
            if not urlsplit(link).path.endswith(FILES) and "as=csv" not in link
        )
    return found


def broken_promises(look: Any, page: Page, url: str) -> list[str]:
    """
    Open the page at *url* and return what is wrong with it: in both themes, and on the smallest screen.
    """
    answer = page.goto(url)
    wrong = [] if answer and answer.status == 200 else ["is not answered"]
    wrong += [*look.faults(page), *look.axe(page), *look.small_targets(page, 24)]
    wrong += look.axe_in_the_dark(page)
    look.shot(page, "dark" + NAMED.sub("", urlsplit(url).path).replace("/", "-"))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 320, "height": 800})
    if look.overflow(page):
        wrong.append(f"{look.overflow(page)} pixels too wide")
    page.set_viewport_size({"width": 1360, "height": 900})
    return wrong
