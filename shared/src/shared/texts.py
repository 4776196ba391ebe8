"""Sentences with parameters: plain English where they are made, said in the reader's language by a door."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Self

from shared.money import Money

PLACE = re.compile(r"%\((\w+)\)s")


class Text(str):
    """
    An English sentence that remembers what it was made from, so that a door can say it in another language.

    *params* stand where *template* has ``%(name)s``: numbers, names, money, days, other texts, lists.
    """

    template: str
    params: Mapping[str, Any]

    def __new__(cls, template: str, params: Mapping[str, Any] | None = None) -> Self:
        text = super().__new__(cls, filled(str(template), params or {}, plain))
        text.template, text.params = str(template), dict(params or {})
        return text


def filled(template: str, params: Mapping[str, Any], say: Callable[[Any], str]) -> str:
    """
    Return *template* with each of *params* in its place, as *say* writes it.
    """
    return PLACE.sub(lambda place: say(params[place[1]]) if place[1] in params else place[0], template)


def plain(value: Any) -> str:
    """
    Write a parameter in English: days as 2026-12-01, money as ``EUR 12.00``.
    """
    return listed(value, plain) if isinstance(value, (list, tuple)) else str(value)


def listed(values: Sequence[Any], say: Callable[[Any], str]) -> str:
    """
    Write several parameters behind one another; sentences are kept apart by semicolons.
    """
    return ("; " if any(isinstance(each, Text) for each in values) else ", ").join(map(say, values))


def pack(value: Any) -> Any:
    """
    Return a parameter, or several by name, as JSON can keep them.
    """
    if isinstance(value, Text):
        return {"text": value.template, "params": pack(value.params)}
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Mapping):
        return {name: pack(each) for name, each in value.items()}
    return [pack(each) for each in value] if isinstance(value, (list, tuple)) else value


def unpack(kept: Any) -> Any:
    """
    Return what ``pack`` has kept.
    """
    if isinstance(kept, list):
        return [unpack(each) for each in kept]
    if not isinstance(kept, Mapping):
        return kept
    match dict(kept):
        case {"text": str(template), "params": params}:
            return Text(template, unpack(params))
        case {"amount": str(amount), "currency": str(currency)}:
            return Money.parse(amount, currency)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case named:
            return {name: unpack(each) for name, each in named.items()}
