"""The journal (append-only; triggers refuse changes) and the gapless number series."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Record, currency, minor
from shared.db import ID, Instant
from shared.money import Money

STANDING = text("undone_at IS NULL")


class JournalTx(Record):
    """
    One money command; *key* is ``<command>:<id>``, so none is posted twice.
    """

    __tablename__ = "journal_tx"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(ID)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    posted_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)


class JournalEntry(Record):
    """
    One side of a posting: debits positive, credits negative.
    """

    __tablename__ = "journal_entries"
    __table_args__ = (Index("ix_journal_entries_account_owner", "account", "owner"),)

    tx_id: Mapped[str] = mapped_column(ForeignKey("journal_tx.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    account: Mapped[str] = mapped_column(String(40))
    owner: Mapped[str] = mapped_column(ID)
    amount_minor: Mapped[int] = minor()


class NumberSeries(Record):
    """
    The next number of a series; taken as late as possible in a transaction, so that a rollback gives it back.
    """

    __tablename__ = "number_series"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    next: Mapped[int] = mapped_column(Integer)


class OpeningBalance(Record):
    """
    What a customer had as credit, or owed (below zero), when the account came from elsewhere; *target_id* is
    the payment or the invoice that carries it. One at a time stands.
    """

    __tablename__ = "opening_balances"
    __table_args__ = (
        Index(
            "uq_opening_balances_standing",
            "customer_id",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    target_id: Mapped[str] = mapped_column(ID)
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        """
        The balance it set; below zero is owed.
        """
        return Money(self.amount_minor, self.currency)
