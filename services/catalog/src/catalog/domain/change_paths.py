"""Which plans customers may change to by themselves, seen from all plans of a kind at once."""

from collections.abc import Collection
from enum import StrEnum

from catalog.domain.plan import Content


class Direction(StrEnum):
    """
    Whether the other plan costs more a month, less, or the same.
    """

    UP = "up"
    DOWN = "down"
    SAME = "same"


def direction(source: Content, target: Content) -> Direction:
    """
    Return whether *target* costs more a month than *source*.
    """
    before = source.price.minor * target.interval_months
    after = target.price.minor * source.interval_months
    if before == after:
        return Direction.SAME
    return Direction.UP if after > before else Direction.DOWN


def joined(present: Collection[str], wanted: Collection[str]) -> tuple[str, ...]:
    """
    Return *wanted* with those that are *present* first, in their order: ticks have none of their own.
    """
    kept = [id_ for id_ in present if id_ in wanted]
    return (*kept, *sorted(set(wanted) - set(kept)))
