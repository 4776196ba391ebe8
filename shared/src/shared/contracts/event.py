"""
What makes a dataclass a fact, and how it looks on the wire.

The wire schema is derived from the annotations, so a fact is declared only once. Readers ignore fields they
do not know; a field may be added with a default, never changed or removed (a breaking edit fails the build).
"""

import functools
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as ma

from shared.money import Money, UnclearAmount


class MoneyField(ma.Field[Money]):
    """
    Money on the wire: ``{"amount": "7.50", "currency": "EUR"}``.
    """

    def _serialize(
        self, value: Money | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> dict[str, str] | None:
        return None if value is None else {"amount": value.amount, "currency": value.currency}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Money:
        try:
            return Money.parse(value["amount"], value["currency"])
        except (UnclearAmount, KeyError, TypeError) as error:
            raise ValidationError("Not an amount of money.") from error


WIRE: dict[type, Callable[..., ma.Field[Any]]] = {
    str: ma.String,
    int: functools.partial(ma.Integer, strict=True),
    bool: ma.Boolean,
    date: ma.Date,
    datetime: ma.AwareDateTime,
    Money: MoneyField,
}

# The same the other way. Telling happens a hundred thousand times in a billing run: no schema is asked.
TELL: dict[type, Callable[[Any], Any]] = {
    str: str,
    int: lambda value: value,
    bool: lambda value: value,
    date: date.isoformat,
    datetime: datetime.isoformat,
    Money: lambda value: {"amount": value.amount, "currency": value.currency},
}

_declared: dict[str, type["Event"]] = {}
_tellers: dict[type[Any], list[tuple[str, Callable[[Any], Any]]]] = {}
_schemas: dict[type[Any], type[Schema]] = {}
_readers: dict[type[Any], Schema] = {}


class Event:
    """
    A fact one service states and any other may act upon.

    ``class OrderPlaced(Event, name="billing.order_placed", subject="order_id")``: *name* is
    ``owner.fact_in_past_tense`` and the routing key; *subject* names the field that holds the aggregate's id,
    whose facts are handled in order. A field ``version`` is the aggregate's version.
    """

    fact_name: ClassVar[str]
    fact_subject: ClassVar[str]

    def __init_subclass__(cls, *, name: str, subject: str) -> None:
        cls.fact_name, cls.fact_subject = name, subject
        _declared[name] = cls

    @property
    def aggregate_id(self) -> str:
        """
        The id of what the fact is about.
        """
        return str(getattr(self, self.fact_subject))

    @classmethod
    def load(cls, body: dict[str, Any]) -> Self:
        """
        Build the fact from a message body, ignoring fields this code does not know.

        :raises marshmallow.ValidationError: if a known field is missing or wrong
        """
        return cls(**_reader(cls).load(body, unknown=EXCLUDE))

    def dump(self) -> dict[str, Any]:
        """
        Return the fact as JSON-ready primitives.
        """
        return _told(self)


def declared() -> dict[str, type[Event]]:
    """
    Return every fact by name.
    """
    return dict(_declared)


def schema(record: type[Any]) -> type[Schema]:
    """
    Return the wire schema of a frozen dataclass, derived once from its annotations.
    """
    if record not in _schemas:
        _schemas[record] = _derive(record)
    return _schemas[record]


def teller(fact: type[Event], name: str) -> Callable[[Any], Any]:
    """
    Return what makes a value of the field *name* of *fact* JSON-ready.
    """
    tell = _teller(get_type_hints(fact)[name])
    return lambda value: None if value is None else tell(value)


def _reader(record: type[Any]) -> Schema:
    # Making one copies every field, which costs more than reading a fact with it.
    if record not in _readers:
        _readers[record] = schema(record)()
    return _readers[record]


def _told(record: Any) -> dict[str, Any]:
    kind = type(record)
    if kind not in _tellers:
        hints = get_type_hints(kind)
        _tellers[kind] = [(field.name, _teller(hints[field.name])) for field in fields(kind)]
    return {
        name: None if (value := getattr(record, name)) is None else tell(value)
        for name, tell in _tellers[kind]
    }


def _teller(hint: Any) -> Callable[[Any], Any]:
    inner, _optional = _without_none(hint)
    if get_origin(inner) is tuple:
        each = _teller(get_args(inner)[0])
        return lambda values: [each(value) for value in values]
    return TELL.get(inner, _told)


def _derive(record: type[Any]) -> type[Schema]:
    hints = get_type_hints(record)
    wire = {
        field.name: _wire(
            hints[field.name], required=field.default is MISSING and field.default_factory is MISSING
        )
        for field in fields(record)
    }
    return Schema.from_dict(wire, name=record.__name__)


def _wire(hint: Any, *, required: bool) -> ma.Field[Any]:
    inner, optional = _without_none(hint)
    options: dict[str, Any] = {"required": required, "allow_none": optional}
    if get_origin(inner) is tuple:
        return _Tuple(_wire(get_args(inner)[0], required=True), **options)
    if is_dataclass(inner) and inner is not Money:
        return _Record(inner, **options)  # type: ignore[arg-type]
    return WIRE[inner](**options)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (kind for kind in get_args(hint) if kind is not type(None))
        return inner, True
    return hint, False


class _Tuple(ma.List[Any]):
    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(*args, **kwargs))


class _Record(ma.Field[Any]):
    def __init__(self, record: type[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record = record

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else _reader(self.record).dump(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self.record(**_reader(self.record).load(value, unknown=EXCLUDE))
