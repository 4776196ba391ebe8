"""What our views use of flask-smorest, which has no types of its own, so that mypy sees through it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import flask
import flask_smorest
import marshmallow as ma

if TYPE_CHECKING:
    View = TypeVar("View", bound=Callable[..., Any])
    Described = ma.Schema | type[ma.Schema]

    class SmorestBlueprint(flask.Blueprint):
        def __init__(
            self, name: str, import_name: str, *, url_prefix: str = "", description: str = "", **kwargs: Any
        ) -> None: ...

        def get(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def post(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def put(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def patch(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def delete(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def route(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def arguments(
            self, schema: Described, *, location: str = "json", **kwargs: Any
        ) -> Callable[[View], View]: ...

        def response(
            self, status_code: int, schema: Described | None = None, **kwargs: Any
        ) -> Callable[[View], View]: ...

        def alt_response(
            self, status_code: int, *, schema: Described | None = None, **kwargs: Any
        ) -> Callable[[View], View]: ...

        def doc(self, **kwargs: Any) -> Callable[[View], View]: ...

else:
    SmorestBlueprint = flask_smorest.Blueprint
