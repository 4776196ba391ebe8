"""What every database of an installation says, read side by side; nothing here changes anything."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from shared.clock import real_now

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Dublin")  # of the demonstration's partners


class Evidence:
    """
    The databases of an installation by service name (``sandbox-payments`` is the provider's), and its clock.
    """

    def __init__(self, urls: Mapping[str, str], *, clock: Path) -> None:
        self._engines = {name: create_engine(url) for name, url in urls.items()}
        self._clock = clock

    def rows(self, service: str, query: str, **values: object) -> list[Row]:
        """
        Return the rows of *query* on the database of *service*.
        """
        with self._engines[service].connect() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def by(self, service: str, key: str, query: str) -> dict[Any, Row]:
        """
        Return the rows of *query* by their column *key*.
        """
        return {row[key]: row for row in self.rows(service, query)}

    def session(self, service: str) -> Session:
        """
        Open a session on the database of *service*, for the product's own queries.
        """
        return Session(self._engines[service])

    def now(self) -> datetime:
        """
        Return the business time.
        """
        offset = float(self._clock.read_text()) if self._clock.exists() else 0.0
        return real_now() + timedelta(seconds=offset)

    def today(self) -> date:
        """
        Return the business day.
        """
        return self.now().astimezone(ZONE).date()

    @staticmethod
    def day(value: object) -> date:
        """
        Return a day as a database gives it: a date, or its text.
        """
        return date.fromisoformat(str(value)[:10])

    def close(self) -> None:
        """
        Let go of every database.
        """
        for engine in self._engines.values():
            engine.dispose()
