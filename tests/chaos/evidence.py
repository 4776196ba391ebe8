"""What every database of an installation says, read side by side; nothing here changes anything."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import create_engine, text

Row = dict[str, Any]


class Evidence:
    """
    The databases of an installation by service name (``sandbox-payments`` is the provider's).
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._engines = {name: create_engine(url) for name, url in urls.items()}

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

    def close(self) -> None:
        """
        Let go of every database.
        """
        for engine in self._engines.values():
            engine.dispose()
