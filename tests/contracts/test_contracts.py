"""
Every fact ever promised still travels.

A sample is what production queues hold. It may never change: a fact that must change gets a new name, told
beside the old one. A new field needs a default and leaves the sample as it is.
"""

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from marshmallow import EXCLUDE, ValidationError

import shared.contracts
from shared.contracts.envelope import Envelope, wrap, wrap_rows
from shared.contracts.event import declared, schema
from shared.money import Money

HERE = Path(__file__).parent
SAMPLES = {file.stem: file for file in sorted((HERE / "samples").glob("*.json"))}

for module in pkgutil.iter_modules(shared.contracts.__path__):
    importlib.import_module(f"shared.contracts.{module.name}")

OURS = {name: fact for name, fact in declared().items() if fact.__module__.startswith("shared.contracts.")}


def broken_promises(fact: type[Any], sample: Mapping[str, Any]) -> list[str]:
    """
    Return what *sample* holds that *fact* no longer understands as it did.
    """
    wire = schema(fact)()
    try:
        told = wire.dump(fact(**wire.load(sample, unknown=EXCLUDE)))
    except (ValidationError, TypeError) as error:
        return [str(error)]
    return [name for name in sample if not still_says(told.get(name), sample[name])]


def still_says(told: Any, promised: Any) -> bool:
    """
    Tell whether *told* holds all of *promised*: a record inside a fact may gain fields, too.
    """
    if isinstance(promised, dict) and isinstance(told, dict):
        return all(name in told and still_says(told[name], value) for name, value in promised.items())
    if isinstance(promised, list) and isinstance(told, list):
        return len(told) == len(promised) and all(map(still_says, told, promised))
    return json.dumps(told) == json.dumps(promised)  # as text: to Python, 1 and True are equal


def test_every_fact_has_a_sample() -> None:
    assert set(SAMPLES) == set(OURS)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_promised_still_travels(name: str) -> None:
    assert broken_promises(OURS[name], json.loads(SAMPLES[name].read_text())) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fact_is_about_something_it_carries(name: str) -> None:
    sample = json.loads(SAMPLES[name].read_text())

    assert OURS[name].load(sample).aggregate_id == sample[OURS[name].fact_subject]


@pytest.mark.parametrize("name", SAMPLES)
def test_facts_of_rows_are_those_told_one_by_one(name: str) -> None:
    fact = OURS[name].load(json.loads(SAMPLES[name].read_text()))
    names = [field.name for field in fields(fact)]  # type: ignore[arg-type]
    other = replace(fact, **{fact.fact_subject: 'of "100 %s" Łines'})  # type: ignore[type-var]
    both = (fact, other)

    rows = [[getattr(each, one) for one in names] for each in both]
    for one, (id, subject, body) in zip(both, wrap_rows(type(fact), names, rows), strict=True):
        assert (id, subject) == (Envelope.load(body).id, one.aggregate_id)
        assert body == replace(wrap(one), id=id, time=Envelope.load(body).time).dump()


@pytest.mark.parametrize("name", OURS)
def test_a_name_says_who_states_it_and_that_it_happened(name: str) -> None:
    owner, _, happened = name.partition(".")

    assert OURS[name].__module__.split("_")[0] == f"shared.contracts.{owner}"
    assert happened.replace("_", "").isalpha()


def test_the_envelope_says_what_it_always_said() -> None:
    promised = json.loads((HERE / "envelope.json").read_text())

    envelope = Envelope.load(json.dumps(promised).encode())

    assert json.loads(envelope.dump()) == promised
    assert envelope.fact().aggregate_id == promised["subject"]


SAMPLE = {"id": "ord_1", "count": 1, "on": "2026-11-20", "paid": {"amount": "7.50", "currency": "EUR"}}
FIELDS: dict[str, Any] = {"id": str, "count": int, "on": date, "paid": Money}
INNER = {"inner": {"name": "Fibre"}}
Inner = make_dataclass("Inner", [("name", str), ("days", int, 0)], kw_only=True, frozen=True)
Renamed = make_dataclass("Renamed", [("title", str, "")], kw_only=True, frozen=True)


@dataclass(frozen=True)
class Edit:
    """
    A change somebody might make to a fact.
    """

    fields: Mapping[str, Any]
    defaults: Mapping[str, Any]

    def fact(self) -> type[Any]:
        plain = list(self.fields.items())
        return make_dataclass("Fact", plain, kw_only=True, frozen=True, namespace=dict(self.defaults))


def without(name: str) -> dict[str, Any]:
    return {field: kind for field, kind in FIELDS.items() if field != name}


BREAKING = {
    "removed": Edit(without("count"), {}),
    "renamed": Edit({**without("count"), "quantity": int}, {}),
    "renamed with a default": Edit({**without("count"), "quantity": int}, {"quantity": 1}),
    "number made text": Edit({**FIELDS, "count": str}, {}),
    "number made yes or no": Edit({**FIELDS, "count": bool}, {}),
    "text made number": Edit({**FIELDS, "id": int}, {}),
    "date made text with another form": Edit({**FIELDS, "on": Money}, {}),
    "money made number": Edit({**FIELDS, "paid": int}, {}),
    "money made text": Edit({**FIELDS, "paid": str}, {}),
    "a field of a record inside renamed": Edit({**FIELDS, "inner": Renamed}, {}),
    "one made many": Edit({**FIELDS, "id": tuple[str, ...]}, {}),
    "a required field added": Edit({**FIELDS, "reason": str}, {}),
}

HARMLESS = {
    "untouched": Edit(FIELDS, {}),
    "a field with a default added": Edit({**FIELDS, "reason": str}, {"reason": ""}),
    "an optional field added": Edit({**FIELDS, "reason": str | None}, {"reason": None}),
    "a field may now be absent": Edit(FIELDS, {"count": 1}),
    "fields in another order": Edit(dict(reversed(FIELDS.items())), {}),
    "a field of a record inside added": Edit({**FIELDS, "inner": Inner}, {}),
}


def sample_for(edit: Edit) -> dict[str, Any]:
    return {**SAMPLE, **INNER} if "inner" in edit.fields else SAMPLE


@pytest.mark.parametrize("edit", BREAKING.values(), ids=BREAKING)
def test_a_breaking_edit_is_noticed(edit: Edit) -> None:
    assert broken_promises(edit.fact(), sample_for(edit)) != []


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_edit_is_not(edit: Edit) -> None:
    assert broken_promises(edit.fact(), sample_for(edit)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fact_is_told_as_its_schema_says(name: str) -> None:
    fact = OURS[name].load(json.loads(SAMPLES[name].read_text()))

    assert fact.dump() == schema(OURS[name])().dump(fact)
