"""
What each event posts (billing.md B.8). Debits are positive, credits negative; every posting sums to zero.

Shown balance = customer_credit - receivable. Accounts marked with an owner are per customer.
"""

from dataclasses import dataclass

RECEIVABLE = "receivable"
CUSTOMER_CREDIT = "customer_credit"
REFUND_PAYABLE = "refund_payable"
BAD_DEBT = "bad_debt"
OPENING = "opening"


class Unbalanced(ValueError):
    """
    Entries that do not sum to zero; a fault in this program, never to be stored.
    """


@dataclass(frozen=True)
class Entry:
    """
    *minor* units on *account*; *owner* is the customer for accounts kept per customer, else empty.
    """

    account: str
    owner: str
    minor: int


@dataclass(frozen=True)
class Sold:
    """
    One line of a document: what kind of plan, its VAT rate, gross and tax in minor units.
    """

    kind: str
    vat_basis_points: int
    gross: int
    tax: int


def balanced(entries: list[Entry]) -> list[Entry]:
    """
    Return the entries that are not zero.

    :raises Unbalanced: if they do not sum to zero
    """
    if sum(entry.minor for entry in entries):
        raise Unbalanced(repr(entries))
    return [entry for entry in entries if entry.minor]


def invoice_issued(customer: str, sold: list[Sold]) -> list[Entry]:
    """
    The customer owes the gross; revenue by kind and tax by rate are earned.
    """
    owed = Entry(RECEIVABLE, customer, sum(line.gross for line in sold))
    return balanced([owed, *_earned(sold, sign=-1)])


def credit_note_issued(customer: str, sold: list[Sold], *, owed: int) -> list[Entry]:
    """
    Revenue and tax go back: up to *owed* against the debt, the rest becomes the customer's credit.
    """
    gross = sum(line.gross for line in sold)
    against_debt = min(gross, owed)
    return balanced(
        [
            *_earned(sold, sign=1),
            Entry(RECEIVABLE, customer, -against_debt),
            Entry(CUSTOMER_CREDIT, customer, against_debt - gross),
        ]
    )


def payment_succeeded(customer: str, provider: str, minor: int) -> list[Entry]:
    """
    The provider holds our money; it is the customer's until used.
    """
    return balanced([Entry(f"clearing:{provider}", "", minor), Entry(CUSTOMER_CREDIT, customer, -minor)])


def allocated(customer: str, minor: int) -> list[Entry]:
    """
    The customer's credit pays a debt.
    """
    return balanced([Entry(CUSTOMER_CREDIT, customer, minor), Entry(RECEIVABLE, customer, -minor)])


def allocation_undone(customer: str, minor: int) -> list[Entry]:
    """
    What paid a debt is the customer's credit again, and the debt is open.
    """
    return balanced([Entry(RECEIVABLE, customer, minor), Entry(CUSTOMER_CREDIT, customer, -minor)])


def payment_reversed(customer: str, provider: str, minor: int) -> list[Entry]:
    """
    The bank took money back that was the customer's credit.
    """
    return balanced([Entry(CUSTOMER_CREDIT, customer, minor), Entry(f"clearing:{provider}", "", -minor)])


def refund_agreed(customer: str, minor: int) -> list[Entry]:
    """
    The customer's credit is promised back.
    """
    return balanced([Entry(CUSTOMER_CREDIT, customer, minor), Entry(REFUND_PAYABLE, customer, -minor)])


def payment_to_return(customer: str, provider: str, minor: int) -> list[Entry]:
    """
    The provider holds money that was never the customer's credit here: it is promised back at once.
    """
    return balanced([Entry(f"clearing:{provider}", "", minor), Entry(REFUND_PAYABLE, customer, -minor)])


def refund_paid(customer: str, provider: str, minor: int) -> list[Entry]:
    """
    The promise is kept through the provider.
    """
    return balanced([Entry(REFUND_PAYABLE, customer, minor), Entry(f"clearing:{provider}", "", -minor)])


def refund_given_up(customer: str, minor: int) -> list[Entry]:
    """
    The promise cannot be kept this way: the money is the customer's credit again.
    """
    return balanced([Entry(REFUND_PAYABLE, customer, minor), Entry(CUSTOMER_CREDIT, customer, -minor)])


def opening_credit(customer: str, minor: int) -> list[Entry]:
    """
    The customer came with credit; below zero, that is taken back.
    """
    return balanced([Entry(OPENING, "", minor), Entry(CUSTOMER_CREDIT, customer, -minor)])


def written_off(customer: str, minor: int) -> list[Entry]:
    """
    The customer's debt is given up and becomes our loss.
    """
    return balanced([Entry(BAD_DEBT, "", minor), Entry(RECEIVABLE, customer, -minor)])


def write_off_undone(customer: str, minor: int) -> list[Entry]:
    """
    What was given up is owed again.
    """
    return balanced([Entry(RECEIVABLE, customer, minor), Entry(BAD_DEBT, "", -minor)])


def _earned(sold: list[Sold], *, sign: int) -> list[Entry]:
    totals: dict[str, int] = {}
    for line in sold:
        for account, minor in (
            (OPENING if line.kind == OPENING else f"revenue:{line.kind}", line.gross - line.tax),
            (f"tax:{line.vat_basis_points}", line.tax),
        ):
            totals[account] = totals.get(account, 0) + sign * minor
    return [Entry(account, "", minor) for account, minor in sorted(totals.items())]
