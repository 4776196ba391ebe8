"""Passwords customers choose: with the one they have, instead of a temporary one, or by a mailed code."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from customers.models import Message, ResetCode
from customers.usecases.seed_demo import DEFAULT, demo_id
from customers.usecases.send_messages import send_next
from customers.usecases.set_password import set_temporary_password
from shared import clock
from shared.contracts.customers import PasswordChanged
from shared.db import Database
from shared.testing import answers_problem, as_bearer, told

Token = Callable[..., str]
ROBERT = demo_id("cus", 1)
GOOD = "seven green lanterns"


@pytest.fixture
def ask(client: FlaskClient, service_token: Token) -> Callable[..., Any]:
    """
    A function the gateway asks with, for itself or for Robert: ``("/password-resets", login="postpaid")``.
    """

    def asked(path: str, *, robert: bool = False, **body: str) -> Any:
        token = service_token("customers", ROBERT, DEFAULT) if robert else service_token("customers")
        return client.post(f"/api/v1{path}", json=body, headers=as_bearer(token))

    return asked


@pytest.fixture
def mailed(demo: Database, ask: Callable[..., Any]) -> tuple[str, str]:
    """
    The id and the code of a reset Robert asked for.
    """
    reset_id = ask("/password-resets", login="Robert.Myers@example.net").get_json()["id"]
    with demo.read() as session:
        body = session.scalars(select(Message.body).where(Message.about == reset_id)).one()
    found = re.search(r"\b\d{8}\b", body)
    assert found
    return reset_id, found[0]


def can_sign_in(ask: Callable[..., Any], password: str) -> bool:
    return ask("/credential-checks", login="postpaid", password=password).status_code == 200


def test_a_password_is_changed_by_who_knows_the_present_one(ask: Any, demo: Database) -> None:
    path = f"/customers/{ROBERT}/passwords"
    for present, password, pointer in (
        ("wrong", GOOD, "#/present"),
        ("ledgerline-demo", "short", "#/password"),
        ("ledgerline-demo", "Password123!", "#/password"),
        ("ledgerline-demo", "ledgerline-demo", "#/password"),
    ):
        answer = ask(path, robert=True, present=present, password=password)
        assert answers_problem(answer, 422, "validation_failed")["errors"][0]["pointer"] == pointer
    assert can_sign_in(ask, "ledgerline-demo")

    assert ask(path, robert=True, present="ledgerline-demo", password=GOOD).status_code == 204

    assert (can_sign_in(ask, GOOD), can_sign_in(ask, "ledgerline-demo")) == (True, False)
    (fact,) = [each for each in told(demo) if isinstance(each, PasswordChanged)]
    assert (fact.customer_id, fact.temporary) == (ROBERT, False)


def test_a_temporary_password_says_so_and_is_replaced_without_being_asked_again(
    ask: Any, demo: Database
) -> None:
    with demo.begin() as session:
        password = set_temporary_password(session, customer_id=ROBERT, scope=None)
    known = ask("/credential-checks", login="postpaid", password=password).get_json()
    assert known["password_is_temporary"] is True

    assert ask(f"/customers/{ROBERT}/passwords", robert=True, password=GOOD).status_code == 204

    known = ask("/credential-checks", login="postpaid", password=GOOD).get_json()
    assert known["password_is_temporary"] is False


def test_nobody_sets_the_password_of_somebody_else(ask: Any) -> None:
    answer = ask(f"/customers/{demo_id('cus', 2)}/passwords", robert=True, password=GOOD)

    answers_problem(answer, 404, "not_found")


def test_a_mailed_code_sets_a_password_once(ask: Any, mailed: tuple[str, str]) -> None:
    reset_id, code = mailed
    path = f"/password-resets/{reset_id}/confirmations"
    weak = ask(path, code=code, password="short")
    assert answers_problem(weak, 422, "validation_failed")["errors"][0]["pointer"] == "#/password"

    assert ask(path, code=f"{code[:4]} {code[4:]}", password=GOOD).status_code == 204
    again = ask(path, code=code, password="another good one")

    assert answers_problem(again, 422, "validation_failed")["errors"][0]["code"] == "not_usable"
    assert can_sign_in(ask, GOOD)


def test_a_code_ends_after_a_quarter_of_an_hour_and_after_five_wrong_tries(
    ask: Any, mailed: tuple[str, str], demo: Database
) -> None:
    reset_id, code = mailed
    path = f"/password-resets/{reset_id}/confirmations"
    with demo.begin() as session:
        session.get_one(ResetCode, reset_id).ends_at -= timedelta(minutes=15)
    assert ask(path, code=code, password=GOOD).status_code == 422

    with demo.begin() as session:
        row = session.get_one(ResetCode, reset_id)
        row.ends_at = clock.real_now() + timedelta(minutes=15)
        assert (row.tries, code in row.code_hash) == (1, False)
        row.tries = 0
    for _ in range(5):
        assert ask(path, code="00000000", password=GOOD).status_code == 422
    assert ask(path, code=code, password=GOOD).status_code == 422
    assert can_sign_in(ask, "ledgerline-demo")


def test_who_is_not_known_gets_the_same_answer_and_no_mail(ask: Any, demo: Database) -> None:
    known, unknown = (ask("/password-resets", login=login) for login in ("postpaid", "nobody"))

    assert known.status_code == unknown.status_code == 202
    assert known.get_json().keys() == unknown.get_json().keys()
    with demo.read() as session:
        assert session.scalars(select(Message.about)).all() == [known.get_json()["id"]]


def test_the_code_is_not_kept_once_it_is_sent(mailed: tuple[str, str], demo: Database) -> None:
    sent: list[str] = []

    class Post:
        def send(self, letter: Any) -> str:
            sent.append(letter.body)
            return "250 taken"

    assert send_next(demo, Post(), sender="a@example.net", homes={"portal": "https://portal"})

    assert mailed[1] in sent[0]
    assert f"https://portal/portal/password-resets/{mailed[0]}" in sent[0]
    with demo.read() as session:
        assert session.scalars(select(Message.body)).one() == ""
