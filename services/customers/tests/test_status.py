"""What may follow what in a customer's life (spec/rules.md 2.1)."""

import pytest

from customers.domain.status import (
    NotFromHere,
    Reason,
    Standing,
    Status,
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
