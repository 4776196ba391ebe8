"""What a schema of the API describes, as an example and as rows of a table."""

import json
from typing import Any

Schema = dict[str, Any]
Schemas = dict[str, Schema]

BY_TYPE = {"string": "…", "integer": 1, "number": 1.5, "boolean": True, "null": None}
BY_FORMAT = {"date": "2026-12-01", "date-time": "2026-12-01T08:00:00Z"}


def sample(schema: Schema, schemas: Schemas) -> str:
    """
    Return an example of what *schema* describes, as JSON.
    """
    return json.dumps(_value(schema, schemas), indent=2, ensure_ascii=False)


def fields_of(schema: Schema, schemas: Schemas) -> list[dict[str, Any]]:
    """
    Return the fields of an object: name, type, whether it must be given, and its limits.
    """
    known = _resolved(schema, schemas)
    return [
        {
            "name": name,
            "type": type_of(each, schemas),
            "required": name in known.get("required", ()),
            "limits": limits(each),
        }
        for name, each in known.get("properties", {}).items()
    ]


def type_of(schema: Schema, schemas: Schemas) -> str:
    """
    Return the type of a field in words.
    """
    known = _resolved(schema, schemas)
    if known.get("type") == "array":
        return f"array of {type_of(known['items'], schemas)}"
    kind = known.get("format") or known.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def limits(schema: Schema) -> str:
    """
    Return what a value may be: one of some words, or of a size.
    """
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    names = {
        "minLength": "≥ {} characters",
        "maxLength": "≤ {} characters",
        "minimum": "≥ {}",
        "maximum": "≤ {}",
    }
    return ", ".join(words.format(schema[name]) for name, words in names.items() if name in schema)


def _value(schema: Schema, schemas: Schemas) -> Any:
    known = _resolved(schema, schemas)
    for given in ("example", "default"):
        if given in known:
            return known[given]
    if "enum" in known:
        return known["enum"][0]
    kind = known.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "array":
        return [_value(known["items"], schemas)]
    if kind == "object":
        return {name: _value(each, schemas) for name, each in known.get("properties", {}).items()}
    return BY_FORMAT.get(known.get("format", "")) or BY_TYPE.get(str(kind))


def _resolved(schema: Schema, schemas: Schemas) -> Schema:
    chosen = next(iter(schema.get("anyOf", ())), schema)
    if "$ref" in chosen:
        return schemas[chosen["$ref"].rpartition("/")[2]]
    return chosen
