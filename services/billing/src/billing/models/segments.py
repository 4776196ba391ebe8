"""What a subscription costs from when to when: its segments, one after the other without overlap."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.accounts import Subscription
from billing.models.base import Record, currency, minor
from shared.db import ID
from shared.money import Money


class Segment(Record):
    """
    One price of a subscription for the days from *from_on* up to, not including, *until_on* (None: open).

    *discount_basis_points* is taken off the price (1000 are 10 %). Triggers refuse two that overlap.
    """

    __tablename__ = "segments"
    __table_args__ = (Index("uq_segments_from", "subscription_id", "from_on", unique=True),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"))
    plan_id: Mapped[str] = mapped_column(ID)
    plan_version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = currency()
    price_minor: Mapped[int] = minor()
    quantity: Mapped[int] = mapped_column(Integer)
    discount_basis_points: Mapped[int] = mapped_column(Integer, default=0)
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)

    subscription: Mapped[Subscription] = relationship()

    @property
    def price(self) -> Money:
        """
        The price of one for a whole period, before the discount.
        """
        return Money(self.price_minor, self.currency)
