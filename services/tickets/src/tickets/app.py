"""Tickets's web application: wiring only."""

from flask import Flask

from shared.cli import settings_or_exit
from shared.db import Database
from shared.web.admin import staff_blueprint
from shared.web.app import make_app
from tickets import admin, api
from tickets.settings import Settings


def create_app(settings: Settings, db: Database | None = None) -> Flask:
    """
    Make the application on *db*, or on the database the settings name.
    """
    return make_app(
        "tickets",
        settings,
        db or Database(settings.database_url),
        title="Tickets",
        api_blueprints=api.blueprints,
        html_blueprints=[*admin.blueprints, staff_blueprint("tickets")],
        admin_shell=admin.shell,
    )


def from_environment() -> Flask:
    """
    Make the application gunicorn serves.
    """
    return create_app(settings_or_exit(Settings, service="tickets"))
