"""The customers service with a database of its own, a demonstration in it, and a mail server beside it."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from customers.app import create_app
from customers.settings import Settings
from customers.usecases.seed_demo import seed_demo
from shared.db import Database
from shared.testing import kept

UIS = {name: f"http://{name}.test" for name in ("customers", "catalog", "billing", "tickets", "portal")}


@pytest.fixture(scope="session")
def schema() -> str:
    return "customers"


@pytest.fixture
def settings(keys_dir: Path, tmp_path: Path, database: Database) -> Settings:
    return Settings(
        database_url=database.url, keys_dir=keys_dir, mail_url=f"file://{tmp_path}/mail", admin_urls=UIS
    )


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    return kept("customers", lambda: create_app(settings, database), settings=settings, db=database)


@pytest.fixture
def demo(database: Database) -> Database:
    with database.begin() as session:
        seed_demo(session)
    return database


@pytest.fixture
def client(app: Flask, demo: Database) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def agent(client: FlaskClient, sign_in_staff: Callable[..., str]) -> tuple[FlaskClient, str]:
    """
    A browser in which somebody who may do everything with customers is signed in, and its CSRF token.
    """
    return client, sign_in_staff(client, "customers.view", "customers.edit", "staff.manage")


@pytest.fixture
def smtp_server() -> Iterator["SmtpServer"]:
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class SmtpServer(socketserver.ThreadingTCPServer):
    """
    Keeps the letters it is given, or refuses them.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.refuse = False
        self.letters: list[tuple[list[str], str]] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        recipients: list[str] = []
        self._say("220 ready")
        for line in self.rfile:
            word = line.decode().strip()
            if word.upper().startswith("RCPT TO:"):
                recipients.append(word[9:].split(">")[0])
                self._say("550 no" if self.server.refuse else "250 ok")
            elif word.upper() == "DATA":
                self._say("354 go on")
                self.server.letters.append((recipients, self._data()))
                self._say("250 ok")
            elif word.upper() == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _data(self) -> str:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.decode())
        return "".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
