"""Creating, editing and retiring plans: versions, and what the others are told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog import queries
from catalog.domain.plan import Kind
from catalog.queries import PlanNotFound
from catalog.usecases.edit_plan import PlanChanged, PlanIsRetired, edit_plan
from catalog.usecases.retire_plan import PlanIsInBundle, retire_plan
from catalog.usecases.seed_demo import seed_demo
from shared.contracts import catalog as facts
from shared.db import Database
from shared.errors import Invalid
from shared.money import Money
from shared.testing import told

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Sell = Callable[..., str]


def reprice(database: Database, plan_id: str, *, seen_version: int, minor: int) -> int:
    with database.begin() as session:
        content = replace(queries.plan(session, plan_id).content, price=Money(minor, "EUR"))
        return edit_plan(
            session, plan_id=plan_id, seen_version=seen_version, content=content, by="Ada", now=NOW
        ).version


def retire(database: Database, plan_id: str) -> None:
    with database.begin() as session:
        retire_plan(session, plan_id=plan_id, by="Ada", now=NOW)


def test_a_new_plan_is_told_whole(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100", "30.00", location_ids=("loc_1",), bullets=("Fast",), vat_basis_points=2300)

    assert told(database) == [
        facts.PlanPublished(
            plan_id=plan_id,
            version=1,
            kind="internet",
            name="Fibre 100",
            description="",
            details="",
            bullets=("Fast",),
            price=Money(3000, "EUR"),
            interval_months=1,
            activation_fee=Money(0, "EUR"),
            vat_basis_points=2300,
            max_quantity=1,
            member_ids=(),
            billing_types=(),
            partner_ids=(),
            location_ids=("loc_1",),
            categories=(),
            label_ids=(),
            enabled=True,
            shown_on_portal=True,
            hidden_on_admin=False,
            cancellation_fee=Money(0, "EUR"),
            early_end_fee=Money(0, "EUR"),
        )
    ]


def test_an_edit_makes_a_version_and_tells_it(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100", "30.00")

    assert reprice(database, plan_id, seen_version=1, minor=3200) == 2

    last = told(database)[-1]
    assert isinstance(last, facts.PlanPublished)
    assert (last.version, last.price) == (2, Money(3200, "EUR"))
    with database.read() as session:
        assert [version.version for version in queries.versions(session, plan_id)] == [2, 1]
        assert queries.versions(session, plan_id)[1].document["price"]["amount"] == "30.00"


def test_saving_without_a_change_makes_no_version(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100", "30.00")

    assert reprice(database, plan_id, seen_version=1, minor=3000) == 1

    assert len(told(database)) == 1


def test_two_editors_do_not_overwrite_each_other(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100", "30.00")
    reprice(database, plan_id, seen_version=1, minor=3200)

    with pytest.raises(PlanChanged):
        reprice(database, plan_id, seen_version=1, minor=2800)

    with database.read() as session:
        assert queries.plan(session, plan_id).price == Money(3200, "EUR")


def test_retiring_twice_tells_once(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100")

    retire(database, plan_id)
    retire(database, plan_id)

    assert told(database)[1:] == [facts.PlanRetired(plan_id=plan_id, version=2)]


def test_a_retired_plan_does_not_change_any_more(database: Database, sell: Sell) -> None:
    plan_id = sell("Fibre 100")
    retire(database, plan_id)

    with pytest.raises(PlanIsRetired):
        reprice(database, plan_id, seen_version=2, minor=100)


def test_a_plan_inside_a_bundle_cannot_be_retired(database: Database, sell: Sell) -> None:
    member = sell("Fibre 300")
    bundle = sell("Home Plus", kind=Kind.BUNDLE, member_ids=(member,))

    with pytest.raises(PlanIsInBundle, match="Home Plus"):
        retire(database, member)

    retire(database, bundle)
    retire(database, member)


@pytest.mark.parametrize("member", ["plan_nowhere", "another bundle", "retired"])
def test_a_bundle_contains_only_what_is_sold_alone(database: Database, sell: Sell, member: str) -> None:
    inner = sell("Fibre 300")
    known = {"another bundle": sell("Home", kind=Kind.BUNDLE, member_ids=(inner,)), "retired": sell("Old")}
    retire(database, known["retired"])

    with pytest.raises(Invalid) as refused:
        sell("Home Plus", kind=Kind.BUNDLE, member_ids=(known.get(member, member),))

    assert [error.pointer for error in refused.value.errors] == ["#/member_ids"]


def test_a_plan_changes_only_into_its_own_kind_and_never_into_itself(database: Database, sell: Sell) -> None:
    phone = sell("Home phone", kind=Kind.VOICE)

    with pytest.raises(Invalid):
        sell("Fibre 100", change_target_ids=(phone,))


def test_an_unknown_plan_is_not_found(database: Database) -> None:
    with pytest.raises(PlanNotFound):
        reprice(database, "plan_nowhere", seen_version=1, minor=1)


def test_the_demo_plans_are_made_once(database: Database) -> None:
    for _ in range(2):
        with database.begin() as session:
            seed_demo(session, now=NOW)

    with database.read() as session:
        names = [plan.name for plan in queries.plans(session)]
        fibre = queries.plan(session, "plan_00000000000000000000000101")
        assert names == [
            "Home Plus",
            "Mobile 5 GB",
            "Mobile 10 GB",
            "Fibre 100",
            "Fibre 300",
            "Fibre 500",
            "Home phone",
            "Static IP",
            "Family TV",
            "Installation visit",
            "Router",
        ]
        assert (fibre.version, fibre.price, len(fibre.change_target_ids)) == (2, Money(3000, "EUR"), 2)
    assert len(told(database)) == 16
