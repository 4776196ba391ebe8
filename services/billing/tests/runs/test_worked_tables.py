"""The table of docs/algorithms/billing-runs.md is what the rules say, to the day and the cent."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from billing.domain.billing import Holding, Terms, bill, next_on
from billing.domain.charging import Price
from shared.money import Money

PAGE = Path(__file__).parents[4] / "docs" / "algorithms" / "billing-runs.md"
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split("|")]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| ") and ".." in line
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table(row: list[str]) -> None:
    _case, amount, months, ahead, day, first, until, billed_on, expected = row
    since, cut_off = date.fromisoformat(first), date.fromisoformat(billed_on)
    end = None if until == "-" else date.fromisoformat(until) + timedelta(days=1)
    price = Price(
        plan_id="plan_1",
        plan_version=1,
        name="Fibre",
        kind="internet",
        amount=Money.parse(amount, "EUR"),
        quantity=1,
        months=int(months),
        vat_basis_points=2300,
        from_on=since,
        until_on=None,
    )
    holding = Holding(prices=(price,), months=int(months), since=since, until=end, fresh=True)
    terms = Terms(anchor_day=int(day), months=int(ahead))
    start = next_on([holding], terms=terms, since=since)
    assert start is not None

    found = bill([holding], (), terms=terms, first_on=start, cut_off=cut_off)

    said = [
        f"{item.line.period.start}..{item.line.period.last} {item.line.amount.amount}"
        for each in found.documents
        for item in each.items
        if item.line.period
    ]
    assert "; ".join(said) == expected


def test_the_page_has_its_rows() -> None:
    assert len(ROWS) == 9
