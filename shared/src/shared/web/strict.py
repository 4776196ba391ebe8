"""
Reading what callers send, strictly: JSON that means one thing only, and nothing we did not ask for.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NoReturn, cast

import marshmallow as ma
from flask import Request
from flask_babel import gettext, lazy_gettext
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from shared.errors import FieldError, Invalid, Refusal
from shared.texts import PLACE, Text
from shared.web.smorest import SmorestBlueprint

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it; behind a backslash it is six letters

# What marshmallow says, as the stable codes of our API; anything else is "invalid".
CODES = (
    ("Missing data", "required"),
    ("Field may not be null", "required"),
    ("Unknown field", "unknown_field"),
    ("Must be one of", "not_a_choice"),
    ("Must be", "out_of_range"),
    ("Shorter than", "too_short"),
    ("Longer than", "too_long"),
    ("Length must", "wrong_length"),
    ("Not a valid", "wrong_type"),
    ("Not an amount", "wrong_type"),
    ("Invalid input type", "wrong_type"),
)

# Where marshmallow's own words would not help whoever fills in a form.
TEXTS = {
    "required": lazy_gettext("Fill this in."),
    "unknown_field": lazy_gettext("There is no such field."),
    "wrong_type": lazy_gettext("Check how this is written."),
}

# Marshmallow's own words: it fills in its numbers itself, here each is one text for the catalogues again.
OTHERS_WORDS = (
    Text("Must be one of: %(choices)s."),
    Text("One or more of the choices you made was not in: %(choices)s."),
    Text("Must be greater than or equal to %(least)s and less than or equal to %(most)s."),
    Text("Must be greater than or equal to %(least)s."),
    Text("Must be greater than %(least)s."),
    Text("Must be less than or equal to %(most)s."),
    Text("Shorter than minimum length %(least)s."),
    Text("Longer than maximum length %(most)s."),
    Text("Length must be between %(least)s and %(most)s."),
    Text("Length must be %(exact)s."),
    Text("Invalid value."),
    Text("Invalid input."),
    Text("Invalid type."),
    Text("Number too large."),
    Text("String does not match expected pattern."),
)


class Malformed(Refusal, code="malformed_request", title="The request cannot be read"):
    """
    The bytes are not what they claim to be.
    """


class UnknownParameter(Refusal, code="unknown_parameter", title="There is no such parameter"):
    """
    The query asks for something this route does not know.
    """


class StrictParser(FlaskParser):
    """
    Refuses unknown fields and parameters, ambiguous JSON and wrong content types.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        if not req.get_data(cache=True):
            return core.missing
        if not is_json_request(req) or req.content_encoding:
            raise UnsupportedMediaType
        return parse(req.get_data(cache=True))

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **_: Any) -> NoReturn:
        """
        Turn marshmallow's messages into our own refusals.
        """
        nested = cast(dict[str, dict[Any, Any]], error.messages)
        (location, messages), *_rest = nested.items()
        if location == "query" and any("Unknown field" in str(each) for each in messages.values()):
            refuse_parameters(set(messages), set(schema.fields))
        raise Invalid(*field_errors(messages)) from error


class Blueprint(SmorestBlueprint):
    """
    The blueprint of every JSON API here: flask-smorest's, reading strictly.
    """

    ARGUMENTS_PARSER = StrictParser()


def parse(body: bytes) -> dict[str, Any]:
    """
    Read a JSON object that has one meaning: no duplicate keys, no NaN, no broken text.

    :raises Malformed: if it is anything else
    """
    try:
        document = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
        if b"\\u" in body:
            _refuse_broken_text(document)
    except (ValueError, RecursionError) as error:
        raise Malformed(gettext("The body is not valid JSON.")) from error
    if not isinstance(document, dict):
        raise Malformed(gettext("The body must be a JSON object."))
    return document


def refuse_parameters(given: set[str], known: set[str]) -> None:
    """
    Refuse query parameters the route does not know, listing those it does.

    :raises UnknownParameter: if there is one
    """
    unknown = sorted(given - known)
    if unknown:
        raise UnknownParameter(
            gettext("Unknown parameter: %(names)s.", names=", ".join(unknown)),
            params={"unknown": unknown, "known": sorted(known)},
        )


def field_errors(messages: Mapping[Any, Any]) -> list[FieldError]:
    """
    Return marshmallow's nested messages as a flat list with JSON pointers.
    """
    return list(_flatten("#", messages))


def _flatten(pointer: str, messages: Any) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flatten(pointer if name == "_schema" else f"{pointer}/{_escaped(str(name))}", inner)
        return
    for text in messages if isinstance(messages, list) else [messages]:
        code = _code(str(text))
        yield FieldError(pointer, code, str(TEXTS.get(code) or "") or _as_text(str(text)))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _as_text(said: str) -> Text:
    matches = ((re.fullmatch(_shape(text), said), text) for text in OTHERS_WORDS)
    return next((Text(text, match.groupdict()) for match, text in matches if match), Text(said))


@cache
def _shape(text: str) -> str:
    parts = PLACE.split(text)
    return "".join(f"(?P<{part}>.+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))


def _code(text: str) -> str:
    return next((code for start, code in CODES if text.startswith(start)), "invalid")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is there twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_broken_text(document: Any) -> None:
    # Lone surrogates cannot be stored as UTF-8 and PostgreSQL cannot store NUL.
    text = json.dumps(document, ensure_ascii=False)
    text.encode()
    if NUL.search(text):
        raise ValueError("NUL in a text")
