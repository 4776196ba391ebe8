"""A fact's schema is derived from its annotations, and its envelope travels unchanged."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.context import use
from shared.contracts.billing import OrderedItem, OrderRequested
from shared.contracts.envelope import Envelope, Undecodable, wrap
from shared.contracts.event import Event, schema
from shared.contracts.portal import SignedIn
from shared.money import Money

FACT = OrderRequested(
    order_id="ord_1",
    number=1,
    customer_id="cus_1",
    partner_id="par_1",
    version=2,
    channel="tickets",
    send_to=None,
    total=Money(750, "EUR"),
    then=None,
    items=(
        OrderedItem(
            plan_id="plan_1",
            name="Łine",
            kind="internet",
            quantity=1,
            amount=Money(-5, "EUR"),
            explanation="",
        ),
    ),
)


def test_a_fact_survives_the_journey() -> None:
    assert Envelope.load(wrap(FACT).dump()).fact() == FACT


def test_unknown_fields_are_ignored() -> None:
    assert OrderRequested.load({**FACT.dump(), "news": [1]}) == FACT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "1"),
        ("number", 1.5),
        ("number", None),
        ("order_id", 1),
        ("total", "7.50"),
        ("total", {"amount": "7.505", "currency": "EUR"}),
        ("total", {"amount": "7.50"}),
        ("items", {}),
        ("items", [{}]),
    ],
)
def test_a_wrong_field_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        OrderRequested.load({**FACT.dump(), field: value})

    assert isinstance(refused.value.messages, dict)
    assert list(refused.value.messages) == [field]


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        SignedIn.load({"customer_id": "c", "partner_id": "p", "at": "2026-11-20T08:00:00"})


texts = st.text(max_size=20)
instants = st.datetimes(timezones=st.just(UTC))


@given(texts, texts, texts, instants, st.integers(0, 2**31), texts)
def test_an_envelope_travels_unchanged(
    id: str, type: str, subject: str, time: datetime, version: int, actor: str
) -> None:
    envelope = Envelope(
        id=id,
        source="/x",
        type=type,
        subject=subject,
        time=time,
        data={"a": [1, None]},
        version=version,
        actor=actor,
    )

    assert Envelope.load(envelope.dump()) == envelope


@given(st.binary(max_size=200))
def test_bytes_that_are_no_envelope_are_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        Envelope.load(body)


def test_an_envelope_says_who_acts_for_whom_and_why() -> None:
    with use(
        actor="staff:stf_1", on_behalf_of="customer:cus_1", correlation_id="req_1", causation_id="evt_0"
    ):
        envelope = wrap(FACT)

    assert (envelope.actor, envelope.on_behalf_of) == ("staff:stf_1", "customer:cus_1")
    assert (envelope.correlation_id, envelope.causation_id) == ("req_1", "evt_0")
    assert (envelope.source, envelope.subject, envelope.version) == ("/billing", "ord_1", 2)
    assert envelope.partner_id == "par_1"


def test_the_schema_follows_the_annotations() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Anything:
        words: tuple[str, ...]
        on: date | None = None
        yes: bool = False

    wire = schema(Anything)()

    assert wire.load({"words": ["a"]}) == {"words": ("a",)}
    assert wire.dump(Anything(words=("a",), on=date(2026, 1, 2))) == {
        "words": ["a"],
        "on": "2026-01-02",
        "yes": False,
    }


def test_an_unknown_fact_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="unknown fact"):
        Envelope.load(wrap(FACT).dump().replace(b"billing.order_requested", b"portal.unheard_of")).fact()


def test_events_know_what_they_are_about() -> None:
    fact: Event = FACT

    assert fact.aggregate_id == "ord_1"
