"""
No English where somebody reads another language: every page that links lead to, in the made-up language whose
texts are accented and in brackets. What is outside brackets and is no data was never translated.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from sqlalchemy import inspect, text

from billing.clients.fake_provider import Knob
from customers.domain.roles import PERMISSIONS
from shared.db import Database
from shared.ui.language import PSEUDO
from tests.journeys.world import PASSWORD, World

READ = ("alt", "aria-label", "data-label", "placeholder", "title")
SILENT = ("script", "style", "option", "code", "svg")
VOID = ("br", "hr", "img", "input", "link", "meta", "wbr", "col", "source")
SAID = re.compile(r"\[[^\[\]]*·\]")
CODE = re.compile(r"[a-z_]+")
WORD = re.compile(r"[A-Za-z]{3,}")
KIND = re.compile(r"[a-z]{2,4}_[0-9A-Z]{26}|\?.*|/\d+(?=/|$)")
FILES = re.compile(r"\.(csv|pdf)$|as=csv|/export")
# Addresses, ids and their last digits, time zones.
REFERENCE = re.compile(
    r"[A-Z]\w+/[A-Z]\w+|\b[0-9A-Z]{8}\b|\w+:[a-z]{3}_\w+|https?://\S+|/[\w./<>{}-]+|[\w.+-]+@[\w.-]+"
    r"|[a-z]{2,4}_[0-9A-Za-z]{20,}"
)
OURS = ("label", "explanation", "reason", "method_label", "error", "because")
# Names that are kept nowhere, logins, and what dates and amounts are written with.
NAMES = frozenset(
    [
        "Ledgerline",
        "Ada",
        "Admin",
        "English",
        "Deutsch",
        "system",
        "admin",
        "billing",
        "support",
        "postpaid",
        "prepaid",
        "blocked",
        "noplans",
        "requestonly",
        "Werkzeug",
        "UTC",
        "GMT",
        "IST",
        "EUR",
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
        "January",
        "February",
        "March",
        "April",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
)


class Reader(HTMLParser):
    """
    Collects what a page shows, and where it leads.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.links: list[str] = []
        self._silent: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Collect what attributes say; what is set in mono is a reference.
        """
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._silent.append(tag in SILENT or "mono" in given.get("class", "").split())
        if tag == "a" and "href" in given:
            self.links.append(given["href"].split("#")[0])
        if tag != "option":
            self.shown += [given[name] for name in READ if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        """
        Leave an element.
        """
        if tag not in VOID and self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        """
        Collect a text.
        """
        if not any(self._silent) and data.strip():
            self.shown.append(data.strip())


def walked(client: FlaskClient, start: str, prefix: str) -> Iterator[tuple[str, Reader]]:
    """
    Yield one page of each kind that links lead to.
    """
    waiting, seen = [start], set[str]()
    while waiting:
        path = waiting.pop(0)
        if KIND.sub("*", path) in seen or not path.startswith(prefix) or FILES.search(path):
            continue
        seen.add(KIND.sub("*", path))
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={PSEUDO}")
        if answer.status_code == 303:
            waiting.append(urljoin(path, answer.location))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = Reader(answer.get_data(as_text=True))
            yield path, page
            waiting += [urljoin(path, link) for link in page.links]


def data_of(databases: dict[str, Database]) -> list[str]:
    """
    Return what people, plans and places are called and what somebody wrote, longest first.

    Codes are in lower case; labels, explanations and reasons of lines are ours and must be said.
    """
    found: set[str] = set()
    for database in databases.values():
        with database.read() as session:
            for table in inspect(session.connection()).get_table_names():
                if table not in ("outbox", "inbox"):
                    rows = session.execute(text(f'SELECT * FROM "{table}"')).mappings()
                    found |= {each for row in rows for each in strings(dict(row))}
    return sorted(
        (each for each in found if WORD.search(each) and not CODE.fullmatch(each)), key=len, reverse=True
    )


def strings(value: Any) -> Iterator[str]:
    """
    Yield every text in a value, those inside JSON too.
    """
    if isinstance(value, dict):
        yield from (each for name, inner in value.items() if name not in OURS for each in strings(inner))
    elif isinstance(value, list):
        yield from (each for inner in value for each in strings(inner))
    elif isinstance(value, str):
        try:
            kept = json.loads(value)
        except ValueError:
            kept = None
        if isinstance(kept, (dict, list, str)):
            yield from strings(kept)
        else:
            yield value


def english(page: Reader, data: list[str]) -> set[str]:
    """
    Return what the page shows in English.
    """
    found = set()
    for shown in page.shown:
        left = shown
        while (shorter := SAID.sub(" ", left)) != left:
            left = shorter
        for each in data:
            left = left.replace(each, " ") if each in left else left
        if set(WORD.findall(REFERENCE.sub(" ", left))) - NAMES:
            found.add(shown)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[World]:
    """
    An installation in which something was paid, refused, and asked for.
    """
    with World(tmp_path_factory.mktemp("world"), keys_dir).alive() as world:
        postpaid, asking = world.sign_in("postpaid"), world.sign_in("requestonly")
        names = [each["name"] for each in postpaid.get("/products")["items"]]
        paid = postpaid.order(*names[:2])
        world.until(lambda: postpaid.get(f"/orders/{paid['id']}")["status"] == "active", "paid")
        world.provider.knob = Knob.DECLINE
        refused = postpaid.order(names[2])
        world.until(lambda: postpaid.get(f"/orders/{refused['id']}")["status"] == "failed", "refused")
        world.provider.knob = Knob.SUCCEED
        asked = asking.request(asking.get("/products")["items"][0]["name"])
        world.until(lambda: asking.get(f"/orders/{asked['id']}")["ticket_id"], "a ticket")
        yield world


def test_no_screen_of_staff_shows_english_to_others(world: World, sign_in_staff: Any) -> None:
    data, wrong, count = data_of(world.databases), {}, 0
    for name, app in world.apps.items():
        client = app.test_client()
        sign_in_staff(client, *PERMISSIONS)
        for path, page in walked(client, f"/admin/{name}", "/admin/"):
            count += 1
            wrong[path] = english(page, data)

    assert {path: found for path, found in wrong.items() if found} == {}
    assert count > 50


def test_no_page_of_the_portal_shows_english_to_others(world: World) -> None:
    data, wrong, count = data_of(world.databases), {}, 0
    for login in ("postpaid", "prepaid", "requestonly"):
        client = world.client()
        signed = client.post("/portal/login", data={"login": login, "password": PASSWORD})
        assert signed.status_code == 303
        for path, page in walked(client, "/portal", "/portal"):
            count += 1
            wrong[login, path] = english(page, data)

    assert {path: found for path, found in wrong.items() if found} == {}
    assert count > 30
