"""Rows written many at once hold what was given, whatever its letters, on both engines."""

from typing import Any

from sqlalchemy import select

from billing.domain.run import ItemState, Mode
from billing.models import Customer, RunItem
from billing.usecases.start_billing_run import start_billing_run
from services.billing.tests.runs.conftest import DECEMBER, PARTNER
from shared import clock
from shared.bulk import among, insert_missing, plain_rows, update_rows

WORDS = ["", "NULL", "null", 'say "no"', "back\\slash", "{a,b}", "%s", "Łódź\n", "'", " , "]


def test_texts_arrive_as_they_were_and_rows_that_are_there_stay(shop: Any) -> None:
    names = ("run_id", "customer_id", "state", "attempts", "total_minor", "flags", "result", "error")
    with shop.db.begin() as session:
        mode, now = Mode.PREVIEW, clock.now()
        run = start_billing_run(session, partner_id=PARTNER, cut_off=DECEMBER, mode=mode, now=now).id
        rows = [(run, word, ItemState.WAITING, 1, 2**40, [word], {word: None}, word) for word in WORDS]
        insert_missing(session, RunItem, names, rows)
        insert_missing(session, RunItem, names[:-1], [(*row[:3], 9, *row[4:-1]) for row in rows])
        update_rows(
            session,
            RunItem,
            ["run_id", "customer_id"],
            ["owner", "lease_until", "error"],
            [(run, word, word, now, None) for word in WORDS[1:]],
        )

        found = session.scalars(select(RunItem).where(among(RunItem.customer_id, WORDS))).all()

        assert {(each.customer_id, each.attempts, each.total_minor) for each in found} == {
            (word, 1, 2**40) for word in WORDS
        }
        assert all(
            (each.flags, each.result) == ([each.customer_id], {each.customer_id: None}) for each in found
        )
        assert {(each.customer_id, each.owner, each.lease_until, each.error) for each in found} == {
            ("", None, None, ""),
            *((word, word, now, None) for word in WORDS[1:]),
        }
        assert plain_rows(session, select(Customer.id).where(among(Customer.id, WORDS))) == []
