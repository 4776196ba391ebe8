"""What the sandbox provider stores; of a card only brand, last four digits and expiry."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import db


class Record(DeclarativeBase):
    """
    A table of the provider.
    """

    metadata = db.metadata()


class Card(Record):
    """
    A saved card of the merchant's customer.
    """

    __tablename__ = "cards"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    customer_ref: Mapped[str] = mapped_column(String(64), index=True)
    brand: Mapped[str] = mapped_column(String(20))
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    behaviour: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(db.Instant)


class Charge(Record):
    """
    Money asked for under the merchant's *reference*, of which there is never a second one.
    """

    __tablename__ = "charges"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    customer_ref: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20), index=True)
    failure_code: Mapped[str | None] = mapped_column(String(40))
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    return_url: Mapped[str] = mapped_column(String(500))
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    settles_at: Mapped[datetime | None] = mapped_column(db.Instant)
    created_at: Mapped[datetime] = mapped_column(db.Instant)


class Setup(Record):
    """
    A visit to the page that saves a card without charging it.
    """

    __tablename__ = "setups"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    customer_ref: Mapped[str] = mapped_column(String(64))
    return_url: Mapped[str] = mapped_column(String(500))
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    created_at: Mapped[datetime] = mapped_column(db.Instant)


class Refund(Record):
    """
    Money given back, once per *key*.
    """

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("charges.id"))
    key: Mapped[str] = mapped_column(String(255))
    amount: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(db.Instant)


class Delivery(Record):
    """
    A webhook on its way to the merchant; *id* repeats when the provider delivers twice.
    """

    __tablename__ = "deliveries"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(db.ID)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    due_at: Mapped[datetime] = mapped_column(db.Instant, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[bool] = mapped_column(default=False, index=True)


class Knob(Record):
    """
    One way the provider was told to misbehave.
    """

    __tablename__ = "knobs"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(40))
