"""Write to the journal, and keep the account's two caches in step with it."""

from datetime import datetime

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from billing.domain.ledger import CUSTOMER_CREDIT, RECEIVABLE, Entry, balanced
from billing.models import Account, JournalEntry, JournalTx
from billing.usecases.review_dunning import review_dunning
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.ids import new_id

# Made once, and of the tables themselves: every money command writes them, and nobody holds the rows.
_txs: Table = JournalTx.__table__  # type: ignore[assignment]
_entries: Table = JournalEntry.__table__  # type: ignore[assignment]
TX, ENTRIES = insert(_txs), insert(_entries)


def post(
    session: Session,
    account: Account,
    *,
    kind: str,
    ref: str,
    entries: list[Entry],
    now: datetime,
    currency: str | None = None,
) -> None:
    """
    Post one money command: *kind* of *ref*, once and for ever; in the account's currency, unless money of
    another *currency* only passes through.

    :raises Unbalanced: if the entries do not sum to zero
    """
    tx_id = new_id("jtx")
    tx = {
        "id": tx_id,
        "key": f"{kind}:{ref}",
        "kind": kind,
        "ref": ref,
        "customer_id": account.customer_id,
        "partner_id": account.partner_id,
        "currency": currency or account.currency,
        "posted_on": clock.local_date(now, account.timezone),
        "created_at": now,
    }
    session.execute(TX, [tx])
    session.execute(ENTRIES, _rows(tx_id, balanced(entries)))
    for entry in entries:
        _follow(account, entry)


def tell_balance(session: Session, account: Account, *, before: int) -> None:
    """
    End a money command: tell the others the balance if it is no longer *before* (minor units), and bring the
    account to where its open bills now put it.
    """
    if account.balance.minor != before:
        tell(
            session,
            facts.BalanceChanged(
                customer_id=account.customer_id,
                partner_id=account.partner_id,
                version=account.version,
                balance=account.balance,
            ),
        )
    review_dunning(session, account, now=clock.now())


def _rows(tx_id: str, entries: list[Entry]) -> list[dict[str, object]]:
    return [
        {
            "tx_id": tx_id,
            "position": position,
            "account": entry.account,
            "owner": entry.owner,
            "amount_minor": entry.minor,
        }
        for position, entry in enumerate(entries)
    ]


def _follow(account: Account, entry: Entry) -> None:
    if entry.account == RECEIVABLE:
        account.owed_minor += entry.minor
    if entry.account == CUSTOMER_CREDIT:
        account.credit_minor -= entry.minor
