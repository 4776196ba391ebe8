"""The tables of docs/algorithms/plan-change.md, read from the document itself."""

from datetime import date
from pathlib import Path

import pytest

from billing.domain import charging, plan_change
from billing.domain.change_settings import Timing
from billing.domain.charging import Price, next_period
from billing.domain.line import Code
from billing.domain.plan_quote import PlanQuote, Rules, Standing
from shared.money import Money

TEXT = Path(__file__).parents[3].joinpath("docs/algorithms/plan-change.md").read_text()
NOTHING = Money.zero("EUR")


def rows(heading: str) -> list[list[str]]:
    """
    Return the cells of the table whose first column is named *heading*.
    """
    lines = iter(TEXT.splitlines())
    next(line for line in lines if line.startswith(f"| {heading} |"))
    next(lines)
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def plan(amount: str, name: str, on: date) -> Price:
    return Price(
        plan_id=name,
        plan_version=1,
        name=name,
        kind="internet",
        amount=Money.parse(amount, "EUR"),
        quantity=1,
        months=1,
        vat_basis_points=2300,
        from_on=on,
        until_on=None,
    )


def changed(
    before: str, after: str, on: date, *, paid_from: date | None, fee: str, timing: Timing
) -> PlanQuote:
    held, day = plan(before, "Old", date(2000, 1, 1)), paid_from.day if paid_from else 1
    paid = next_period(day, paid_from, months=1) if paid_from else None
    lines = list(charging.lines([held], paid, anchor_day=day, code=Code.RECURRING)) if paid else []
    amount = Money.parse(fee, "EUR")
    return plan_change.quote(
        held,
        plan(after, "New", on),
        on,
        standing=[
            Standing(id="inl", line=line, left=line.amount, covers_to=line.period.end, tax=NOTHING)
            for line in lines
            if line.period
        ],
        rules=Rules(
            refund=True, fee_up=amount, fee_down=amount, timing=timing, minimum=NOTHING, anchor_day=day
        ),
    )


@pytest.mark.parametrize("row", rows("price"), ids=lambda row: f"{row[0]} to {row[1]} on {row[3]}")
def test_what_a_change_costs(row: list[str]) -> None:
    before, after, period, on, fee, refund, first, due, to_balance = row

    quoted = changed(
        before,
        after,
        date.fromisoformat(on),
        paid_from=date.fromisoformat(period),
        fee=fee,
        timing=Timing.END_OF_ACTIVE_MONTH,
    )

    charged = [line.amount.amount for line in quoted.charges if line.code is Code.FIRST_PERIOD]
    assert [quoted.credited.amount, *charged] == [refund, first]
    assert (quoted.due_now.amount, quoted.credit_to_balance.amount) == (due, to_balance)


@pytest.mark.parametrize(
    "row", rows("create invoice after service change"), ids=lambda row: f"{row[0]} on {row[1]}"
)
def test_when_the_new_plan_is_first_billed(row: list[str]) -> None:
    timing, on, price, charged, until, next_on, next_amount = row

    quoted = changed(price, price, date.fromisoformat(on), paid_from=None, fee="0", timing=Timing(timing))

    assert " + ".join(line.amount.amount for line in quoted.charges) == charged.replace("nothing", "")
    assert quoted.charged_through.isoformat() == until
    assert quoted.next_bill.on.isoformat() == next_on
    assert quoted.next_bill.amount.amount == next_amount
