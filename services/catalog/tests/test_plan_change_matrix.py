"""The matrix of plan changes: who may change to what, saved for all plans at once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog import queries
from catalog.domain.change_paths import Direction, direction
from catalog.domain.plan import Content, Kind
from catalog.usecases.create_plan import create_plan
from catalog.usecases.edit_plan import edit_plan
from catalog.usecases.retire_plan import retire_plan
from shared.contracts import catalog as facts
from shared.db import Database
from shared.money import Money
from shared.testing import told

Sell = Callable[..., str]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MATRIX = "/admin/catalog/plan-changes"


@pytest.fixture
def fibre(sell: Sell) -> dict[str, str]:
    """
    The ids of three internet plans, by speed; nobody may change yet.
    """
    prices = {"100": "30.00", "300": "38.00", "500": "45.00"}
    return {speed: sell(f"Fibre {speed}", price) for speed, price in prices.items()}


@pytest.fixture
def save(client: FlaskClient, sign_in_staff: Callable[..., str]) -> Callable[..., Any]:
    """
    A function that sends the matrix as a plan editor: plan id -> (seen version, ids of ticked plans).
    """
    token = sign_in_staff(client, "plans.view", "plans.edit")

    def post(rows: dict[str, tuple[Any, list[str]]], **buttons: str) -> Any:
        form: dict[str, Any] = {"csrf_token": token, **buttons}
        for plan_id, (version, targets) in rows.items():
            form |= {f"version-{plan_id}": str(version), f"to-{plan_id}": targets}
        return client.post(MATRIX, data=form)

    return post


def paths(database: Database, plan_id: str) -> tuple[int, tuple[str, ...]]:
    """
    Return the version of a plan, and what customers may change to.
    """
    with database.read() as session:
        plan = queries.plan(session, plan_id)
        return plan.version, tuple(plan.change_target_ids)


def rename(database: Database, plan_id: str, name: str) -> None:
    """
    Let a colleague save the plan under another name.
    """
    with database.begin() as session:
        plan = queries.plan(session, plan_id)
        content = replace(plan.content, name=name)
        edit_plan(
            session, plan_id=plan_id, seen_version=plan.version, content=content, by="Bea Billing", now=NOW
        )


def retire(database: Database, plan_id: str) -> None:
    """
    Let a colleague retire the plan.
    """
    with database.begin() as session:
        retire_plan(session, plan_id=plan_id, by="Bea Billing", now=NOW)


def boxes(page: str) -> dict[tuple[str, str], bool]:
    """
    Return the check boxes of the page: (from, to) -> ticked.
    """
    found = re.findall(r'<input type="checkbox" name="to-(\w+)" value="(\w+)"( checked)?', page)
    return {(source, target): bool(ticked) for source, target, ticked in found}


def test_every_way_between_plans_of_a_kind_has_a_box(
    client: FlaskClient, save: Any, sell: Sell, fibre: dict[str, str]
) -> None:
    small = sell("Phone", "10.00", Kind.VOICE)
    large = sell("Phone world", "15.00", Kind.VOICE, change_target_ids=(small,))
    sell("Router", "60.00", Kind.ONE_TIME)

    page = client.get(MATRIX).get_data(as_text=True)

    between = {(a, b): False for a in fibre.values() for b in fibre.values() if a != b}
    assert boxes(page) == {**between, (small, large): False, (large, small): True}
    assert "Router" not in page


def test_dearer_and_cheaper_are_said_in_words(client: FlaskClient, save: Any, fibre: dict[str, str]) -> None:
    page = client.get(MATRIX).get_data(as_text=True)

    assert "From Fibre 100 to Fibre 300, which costs more" in page
    assert "From Fibre 300 to Fibre 100, which costs less" in page


@pytest.mark.parametrize(
    ("price", "months", "expected"),
    [("30.01", 1, Direction.UP), ("29.99", 1, Direction.DOWN), ("90.00", 3, Direction.SAME)],
)
def test_plans_are_compared_by_the_month(price: str, months: int, expected: Direction) -> None:
    fee = Money.zero("EUR")
    held = Content(name="Held", price=Money(3000, "EUR"), activation_fee=fee)
    other = Content(name="Other", price=Money.parse(price, "EUR"), activation_fee=fee, interval_months=months)

    assert direction(held, other) is expected


def test_retired_plans_and_other_currencies_are_absent(
    client: FlaskClient, save: Any, sell: Sell, database: Database, fibre: dict[str, str]
) -> None:
    retire(database, fibre["300"])
    abroad = Content(name="Abroad", price=Money(3000, "USD"), activation_fee=Money.zero("USD"))
    with database.begin() as session:
        create_plan(session, kind=Kind.INTERNET, content=abroad, by="Bea Billing", now=NOW)

    page = client.get(MATRIX).get_data(as_text=True)

    assert "Fibre 300" not in page
    assert boxes(page) == {(fibre["100"], fibre["500"]): False, (fibre["500"], fibre["100"]): False}


def test_only_changed_plans_get_a_new_version(save: Any, database: Database, fibre: dict[str, str]) -> None:
    answer = save(
        {
            fibre["100"]: (1, [fibre["500"], fibre["300"]]),
            fibre["300"]: (1, []),
            fibre["500"]: (1, [fibre["100"]]),
        }
    )

    assert answer.status_code == 303
    assert paths(database, fibre["100"]) == (2, tuple(sorted([fibre["300"], fibre["500"]])))
    assert paths(database, fibre["300"]) == (1, ())
    assert paths(database, fibre["500"]) == (2, (fibre["100"],))
    news = {fact.plan_id: fact.version for fact in told(database) if isinstance(fact, facts.PlanPublished)}
    assert news == {fibre["100"]: 2, fibre["300"]: 1, fibre["500"]: 2}


def test_ticks_in_another_order_change_nothing(save: Any, sell: Sell, database: Database) -> None:
    first, second = sell("Fibre 100"), sell("Fibre 300", "38.00")
    source = sell("Fibre 50", "22.00", change_target_ids=(second, first))

    save({source: (1, [first, second])})

    assert paths(database, source) == (1, (second, first))


def test_all_ticks_can_be_taken_away(save: Any, sell: Sell, database: Database) -> None:
    other = sell("Fibre 100")
    source = sell("Fibre 50", "22.00", change_target_ids=(other,))

    save({source: (1, [])})

    assert paths(database, source) == (2, ())


def test_a_stale_row_comes_back_with_the_reason_and_nothing_is_written(
    save: Any, database: Database, fibre: dict[str, str]
) -> None:
    rename(database, fibre["300"], "Fibre 350")

    answer = save({fibre["100"]: (1, [fibre["500"]]), fibre["300"]: (1, [fibre["100"]])})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Nothing was saved" in page
    assert page.count("Somebody else changed this plan. This row shows what is saved now.") == 1
    assert paths(database, fibre["100"]) == (1, ())
    assert paths(database, fibre["300"]) == (2, ())
    assert boxes(page)[fibre["100"], fibre["500"]] is True
    assert boxes(page)[fibre["300"], fibre["100"]] is False
    assert f'name="version-{fibre["300"]}" value="2"' in page


def test_what_came_back_can_be_saved(save: Any, database: Database, fibre: dict[str, str]) -> None:
    rename(database, fibre["300"], "Fibre 350")
    save({fibre["100"]: (1, [fibre["500"]]), fibre["300"]: (1, [fibre["100"]])})

    answer = save({fibre["100"]: (1, [fibre["500"]]), fibre["300"]: (2, [fibre["100"]])})

    assert answer.status_code == 303
    assert paths(database, fibre["100"]) == (2, (fibre["500"],))
    assert paths(database, fibre["300"]) == (3, (fibre["100"],))


def test_a_stale_row_nobody_touched_stands_in_nobodys_way(
    save: Any, database: Database, fibre: dict[str, str]
) -> None:
    rename(database, fibre["300"], "Fibre 350")

    answer = save({fibre["100"]: (1, [fibre["500"]]), fibre["300"]: (1, [])})

    assert answer.status_code == 303
    assert paths(database, fibre["300"]) == (2, ())


def test_a_plan_retired_meanwhile_is_named(save: Any, database: Database, fibre: dict[str, str]) -> None:
    retire(database, fibre["300"])

    answer = save({fibre["300"]: (1, [fibre["100"]]), fibre["500"]: (1, [fibre["300"], fibre["100"]])})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Fibre 300 is retired now." in page
    assert "A ticked plan is no longer sold." in page
    assert paths(database, fibre["500"]) == (1, ())


@pytest.mark.parametrize("version", ["", "x", "²", "9" * 30, "0"])
def test_a_version_nobody_saw_is_stale(
    save: Any, database: Database, fibre: dict[str, str], version: str
) -> None:
    answer = save({fibre["100"]: (version, [fibre["300"]])})

    assert answer.status_code == 409
    assert paths(database, fibre["100"]) == (1, ())


def test_a_plan_changes_neither_to_itself_nor_to_another_kind(
    save: Any, sell: Sell, database: Database, fibre: dict[str, str]
) -> None:
    phone = sell("Phone", "10.00", Kind.VOICE)

    answers = [save({fibre["100"]: (1, [target])}) for target in (fibre["100"], phone)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert paths(database, fibre["100"]) == (1, ())


def test_a_row_is_filled_without_saving(save: Any, database: Database, fibre: dict[str, str]) -> None:
    answer = save(
        {fibre["100"]: (1, []), fibre["300"]: (1, []), fibre["500"]: (1, [fibre["300"]])}, fill=fibre["100"]
    )

    ticked = {way for way, on in boxes(answer.get_data(as_text=True)).items() if on}
    assert answer.status_code == 200
    assert ticked == {
        (fibre["100"], fibre["300"]),
        (fibre["100"], fibre["500"]),
        (fibre["500"], fibre["300"]),
    }
    assert paths(database, fibre["100"]) == (1, ())


def test_viewing_is_not_ticking(
    client: FlaskClient, sign_in_staff: Callable[..., str], database: Database, fibre: dict[str, str]
) -> None:
    token = sign_in_staff(client, "plans.view")
    form = {"csrf_token": token, f"version-{fibre['100']}": "1", f"to-{fibre['100']}": fibre["300"]}

    page = client.get(MATRIX).get_data(as_text=True)
    answer = client.post(MATRIX, data=form)

    assert page.count(" disabled>") == 6
    assert "Save" not in page
    assert answer.status_code == 403
    assert paths(database, fibre["100"]) == (1, ())


def test_unknown_plans_are_not_found(save: Any, sell: Sell) -> None:
    known = sell("Fibre 100")

    assert save({"plan_nowhere": (1, [known])}).status_code == 404
    assert save({}, fill="plan_nowhere").status_code == 404


def test_the_list_leads_here(client: FlaskClient, save: Any) -> None:
    assert f'href="{MATRIX}"' in client.get("/admin/catalog/plans").get_data(as_text=True)


def test_the_matrix_speaks_german(client: FlaskClient, save: Any, fibre: dict[str, str]) -> None:
    page = client.get(f"{MATRIX}?lang=de").get_data(as_text=True)

    assert "Tarifwechsel" in page
    assert "Von Fibre 100 zu Fibre 300: teurer" in page
