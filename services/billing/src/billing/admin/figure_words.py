"""How months went, as the charts of the overview draw and say it."""

from collections.abc import Sequence

from billing.queries.figures import Month
from shared.money import Money
from shared.ui.formats import day, money, percent


def points(months: Sequence[Month], name: str) -> list[float]:
    """
    Return one figure of each month as heights of a chart; a month without it is left out.
    """
    found = [getattr(month, name) for month in months]
    return [each.minor if isinstance(each, Money) else each for each in found if each is not None]


def rows_of(months: Sequence[Month], name: str) -> list[tuple[str, str]]:
    """
    Return the same as a table.
    """
    found = [(month.on, getattr(month, name)) for month in months]
    return [
        (day(on, "month"), money(each) if isinstance(each, Money) else percent(each))
        for on, each in found
        if each is not None
    ]
