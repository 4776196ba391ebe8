"""The gateway alone, with the services it asks replaced by dictionaries, and a browser without JavaScript."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal_gateway.app import create_app
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import PASSWORD
from portal_gateway.settings import Settings
from portal_gateway.usecases.seed_demo import seed_demo
from shared.db import Database
from shared.testing import kept

SignIn = Callable[..., dict[str, str]]

HERE = "https://localhost"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)  # the day the world behind it was written for


class Page(HTMLParser):
    """
    What somebody sees and can press: title, text, links, and forms with their fields.
    """

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.status, self.links, self.forms, self.headings = answer.status_code, [], [], []
        self.words: list[str] = []
        self._quiet = self._heading = False
        self.html = answer.get_data(as_text=True)
        self.feed(self.html)

    @property
    def text(self) -> str:
        """
        All its words.
        """
        return re.sub(r"\s+", " ", " ".join(self.words))

    def form(self, action: str) -> dict[str, Any]:
        """
        Return the form that posts to *action*.
        """
        found = [form for form in self.forms if form["action"] == action]
        assert found, [form["action"] for form in self.forms]
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Note links, forms and fields.
        """
        given = dict(attrs)
        self._quiet = tag in ("style", "script")
        self._heading = tag == "h1" or (self._heading and tag not in ("p", "div"))
        if tag == "a":
            self.links.append(given.get("href"))
        if tag == "form":
            self.forms.append({"action": given.get("action"), "fields": {}})
        if tag in ("input", "button", "textarea", "select") and given.get("name") and self.forms:
            chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if chosen and tag != "button":
                self.forms[-1]["fields"][given["name"]] = given.get("value") or ""
        if tag == "option" and self.forms:
            fields = self.forms[-1]["fields"]
            name = list(fields)[-1]
            if "selected" in given or not fields[name]:
                fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """
        Note where a heading ends.
        """
        if tag == "h1":
            self._heading = False

    def handle_data(self, data: str) -> None:
        """
        Note the words.
        """
        if self._quiet:
            return
        self.words.append(data)
        if self._heading and data.strip():
            self.headings.append(data.strip())


class Browser:
    """
    A browser without JavaScript.
    """

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def read(self, answer: TestResponse) -> Page:
        """
        Return the page of an answer.
        """
        return Page(answer)

    def open(self, path: str, **headers: str) -> Page:
        """
        Open a page, following redirects.
        """
        return Page(self.client.get(path, base_url=HERE, headers=headers, follow_redirects=True))

    def press(self, page: Page, action: str, **fields: str) -> Page:
        """
        Send the form that posts to *action*.
        """
        return Page(self.send(page, action, follow=True, **fields))

    def send(self, page: Page, action: str, *, follow: bool = False, **fields: str) -> TestResponse:
        """
        Send a form and return the bare answer.
        """
        data = {**page.form(action)["fields"], **fields}
        headers = {"Origin": HERE}
        return self.client.post(action, data=data, base_url=HERE, headers=headers, follow_redirects=follow)


@pytest.fixture(scope="session")
def schema() -> str:
    """
    The gateway's tables, by its migrations.
    """
    return "portal_gateway"


@pytest.fixture
def world() -> FakeWorld:
    """
    The services behind the gateway.
    """
    return FakeWorld()


@pytest.fixture
def app(database: Database, keys_dir: Path, world: FakeWorld, travel: Callable[[datetime], None]) -> Flask:
    """
    The gateway, with the two demo partners, on 20 November 2026.
    """
    with database.begin() as session:
        seed_demo(session)
    settings = Settings(database_url=database.url, keys_dir=keys_dir, admin_urls={})
    wires: dict[str, Any] = {"settings": settings, "db": database, "ports": world.upstreams()}
    app = kept("portal", lambda: create_app(settings, database), **wires)
    travel(NOON)  # making an application sets its clock
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """
    A front end.
    """
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> SignIn:
    """
    A function that signs in and returns the headers of a front end: ``(login="postpaid")``.
    """

    def signed(login: str = "postpaid") -> dict[str, str]:
        answer = client.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.json
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    return signed


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """
    Somebody's browser.
    """
    return Browser(client)


@pytest.fixture
def sign_on(browser: Browser) -> Callable[..., Page]:
    """
    A function that signs in by the form.
    """

    def signed(login: str = "postpaid") -> Page:
        page = browser.open("/portal/login")
        return browser.press(page, "/portal/login", login=login, password=PASSWORD)

    return signed
