"""
How a fact travels: CloudEvents 1.0, structured JSON.

Outbox row, queue, inbox, parked row and replay file hold the same bytes.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, Self

from shared import clock
from shared.context import current
from shared.contracts.event import Event, declared, teller
from shared.ids import new_ids

CONTENT_TYPE = "application/cloudevents+json"
ENCODE = json.JSONEncoder(separators=(",", ":")).encode
# Stands in a form for a value that differs: no text of ours holds this character.
BLANK, BLANKS = "\0{}", re.compile(r'"\\u0000(\d+)"')


class Undecodable(ValueError):
    """
    Bytes that are no envelope of ours; retrying cannot help.
    """


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """
    One fact on its way, with who did it and what it belongs to.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
    version: int = 0
    partner_id: str | None = None
    actor: str = "system"
    on_behalf_of: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    def dump(self) -> bytes:
        """
        Return the bytes that travel.
        """
        document = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            "data": self.data,
            "aggregateversion": self.version,
            "partnerid": self.partner_id,
            "actor": self.actor,
            "onbehalfof": self.on_behalf_of,
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "traceparent": self.traceparent,
        }
        return ENCODE({k: v for k, v in document.items() if v is not None}).encode()

    @classmethod
    def load(cls, body: bytes) -> Self:
        """
        Read an envelope.

        :raises Undecodable: if the bytes are not one
        """
        try:
            document = json.loads(body)
            return cls(
                id=document["id"],
                source=document["source"],
                type=document["type"],
                subject=document["subject"],
                time=datetime.fromisoformat(document["time"]),
                data=document["data"],
                version=document.get("aggregateversion", 0),
                partner_id=document.get("partnerid"),
                actor=document.get("actor", "system"),
                on_behalf_of=document.get("onbehalfof"),
                correlation_id=document.get("correlationid"),
                causation_id=document.get("causationid"),
                traceparent=document.get("traceparent"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Undecodable(f"not an envelope: {error}") from error

    def fact(self) -> Event:
        """
        Return the fact inside.

        :raises Undecodable: if this code does not know the fact's name
        :raises marshmallow.ValidationError: if a field is missing or wrong
        """
        contract = declared().get(self.type)
        if contract is None:
            raise Undecodable(f"unknown fact {self.type}")
        return contract.load(self.data)


def wrap(fact: Event) -> Envelope:
    """
    Put *fact* into a new envelope that names who acts now and as part of what.
    """
    return wrap_all([fact])[0]


def wrap_all(facts: Sequence[Event]) -> list[Envelope]:
    """
    Put each of *facts* into an envelope of its own; they share the moment and who acts.
    """
    context, now = current(), clock.now()
    return [
        Envelope(
            id=id,
            source="/" + fact.fact_name.split(".")[0],
            type=fact.fact_name,
            subject=fact.aggregate_id,
            time=now,
            data=fact.dump(),
            version=getattr(fact, "version", 0),
            partner_id=getattr(fact, "partner_id", None),
            actor=context.actor,
            on_behalf_of=context.on_behalf_of,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            traceparent=context.traceparent,
        )
        for id, fact in zip(new_ids("evt", len(facts)), facts, strict=True)
    ]


def wrap_rows(
    kind: type[Event], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterator[tuple[str, str, bytes]]:
    """
    Yield id, subject and bytes of a fact for each row, which holds its fields *names*, the subject's too.

    They are the bytes of ``wrap_all``, made without an object for each: all but the values is encoded once.
    """
    form, places = _form(kind(**dict(zip(names, rows[0], strict=True))), names)
    pick, subject = itemgetter(*places), names.index(kind.fact_subject)
    columns = [
        _encoded(column, teller(kind, name))
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    ]
    for id, row, values in zip(new_ids("evt", len(rows)), rows, zip(*columns, strict=True), strict=True):
        yield id, row[subject], (form % pick((f'"{id}"', *values))).encode()


def _encoded(column: Sequence[Any], tell: Callable[[Any], Any]) -> Iterator[str]:
    known = {value: ENCODE(tell(value)) for value in set(column)}
    return map(known.__getitem__, column)


def _form(fact: Event, names: Sequence[str]) -> tuple[str, list[int]]:
    """
    Return the text of an envelope with ``%s`` for its id (0) and *names* (from 1 on), and which goes where.
    """
    blanks: dict[str, Any] = {name: BLANK.format(place) for place, name in enumerate(names, 1)}
    envelope = wrap(fact)
    own = {name: blanks[name] for name in ("version", "partner_id") if name in blanks}
    blank = replace(
        envelope,
        id=BLANK.format(0),
        subject=blanks[fact.fact_subject],
        data={**envelope.data, **blanks},
        **own,
    )
    text = blank.dump().decode().replace("%", "%%")
    return BLANKS.sub("%s", text), [int(place) for place in BLANKS.findall(text)]
