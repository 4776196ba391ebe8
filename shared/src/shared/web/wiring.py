"""What an application holds: its settings, database, keys and collaborators."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app

from shared.db import Database
from shared.settings import ServiceSettings
from shared.web.tokens import Signer, Verifier


@dataclass(frozen=True, kw_only=True)
class Wired:
    """
    *service* is the name used in addresses and tokens (customers, catalog, billing, tickets, portal).

    *signer* is there in services that may sign; *ports* holds the service's own collaborators.
    """

    app: Flask
    service: str
    package: str
    settings: ServiceSettings
    db: Database
    verifier: Verifier
    signer: Signer | None
    ports: Any


def wired() -> Wired:
    """
    Return what the present application holds.
    """
    return cast(Wired, current_app.extensions["ledgerline"])


def first_page() -> str:
    """
    Return where the user interface of the present application begins.
    """
    service = wired().service
    return "/portal" if service == "portal" else f"/admin/{service}"


def database() -> Database:
    """
    Return the database of the present application.
    """
    return wired().db
