"""Documents on paper."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from shared.paper import Paper, render

BILL = Paper(
    title="Bill 1",
    language="en",
    sender="Harbour Fibre",
    receiver=["Robert Myers"],
    made_at=datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC),
)


def test_a_document_names_no_moment_but_the_one_it_was_made_at() -> None:
    document = render(BILL)

    assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:+]+", document)) == {b"2001-02-03T04:05:06+00:00"}


def test_two_documents_are_not_taken_for_one() -> None:
    ids = {re.findall(rb"/ID \[(\S+)\]", render(each))[0] for each in (BILL, BILL, replace(BILL, title="2"))}

    assert len(ids) == 2
