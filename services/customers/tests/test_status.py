"""What may follow what in a customer's life (spec/rules.md 2.1)."""

import pytest

from customers.domain.status import (
    NotFromHere,
    Reason,
    Standing,
    Status,
    Word,
    after_billing,
    after_first_service,
    choices,
    set_by_person,
)


@pytest.mark.parametrize(
    ("now", "to"),
    [
        ("new", "active"),
        ("new", "inactive"),
        ("active", "blocked"),
        ("active", "inactive"),
        ("blocked", "active"),
        ("blocked", "inactive"),
        ("inactive", "active"),
    ],
)
def test_a_person_may_choose(now: str, to: str) -> None:
    assert set_by_person(Standing(Status(now), Reason.AUTO), Status(to)) == Standing(
        Status(to), Reason.MANUAL
    )


@pytest.mark.parametrize(("now", "to"), [("active", "new"), ("new", "blocked"), ("inactive", "blocked")])
def test_a_person_may_not_choose(now: str, to: str) -> None:
    with pytest.raises(NotFromHere):
        set_by_person(Standing(Status(now), Reason.AUTO), Status(to))


def test_choosing_the_present_status_keeps_the_reason() -> None:
    standing = Standing(Status.BLOCKED, Reason.AUTO)

    assert set_by_person(standing, Status.BLOCKED) == standing


def test_the_first_service_makes_a_new_customer_active() -> None:
    assert after_first_service(Standing(Status.NEW, Reason.AUTO)) == Standing(Status.ACTIVE, Reason.AUTO)


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.BLOCKED, Status.INACTIVE])
@pytest.mark.parametrize("reason", list(Reason))
def test_a_service_undoes_nothing_else(status: Status, reason: Reason) -> None:
    assert after_first_service(Standing(status, reason)) == Standing(status, reason)


def test_the_present_status_is_the_first_choice() -> None:
    assert choices(Status.ACTIVE) == [Status.ACTIVE, Status.BLOCKED, Status.INACTIVE]


@pytest.mark.parametrize(
    ("now", "reason", "held", "word", "expected", "why"),
    [
        ("active", "manual", False, "blocked", "blocked", "auto"),
        ("new", "auto", False, "blocked", "blocked", "auto"),
        ("blocked", "manual", True, "blocked", "blocked", "manual"),
        ("inactive", "manual", False, "blocked", "inactive", "manual"),
        ("inactive", "auto", False, "blocked", "inactive", "auto"),
        ("blocked", "auto", False, "deactivated", "inactive", "auto"),
        ("active", "manual", False, "deactivated", "inactive", "auto"),
        ("blocked", "manual", True, "deactivated", "inactive", "auto"),
        ("inactive", "manual", False, "deactivated", "inactive", "manual"),
        ("blocked", "auto", False, "cleared", "active", "auto"),
        ("inactive", "auto", False, "cleared", "active", "auto"),
        ("inactive", "auto", True, "cleared", "blocked", "manual"),
        ("blocked", "manual", True, "cleared", "blocked", "manual"),
        ("inactive", "manual", False, "cleared", "inactive", "manual"),
        ("inactive", "planned", False, "cleared", "inactive", "planned"),
        ("active", "manual", False, "cleared", "active", "manual"),
        ("new", "auto", False, "cleared", "new", "auto"),
    ],
)
def test_billing_moves_only_what_no_person_set(
    now: str, reason: str, held: bool, word: str, expected: str, why: str
) -> None:
    found = after_billing(Standing(Status(now), Reason(reason)), Word(word), blocked_manually=held)

    assert found == Standing(Status(expected), Reason(why))
