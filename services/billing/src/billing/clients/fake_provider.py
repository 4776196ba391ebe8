"""
A provider in memory, for tests and for reading: it does what the knob says and counts what it was asked.

It keeps the two promises that matter (one charge per reference, one refund per key), so a test that finds two
charges here has found a fault in billing.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from billing.clients.provider import (
    Charge,
    HostedPage,
    Outcome,
    OutcomeStatus,
    ProviderRefused,
    ProviderUnknown,
    RefundOutcome,
    SavedMethod,
)
from shared.money import Money


class Knob(StrEnum):
    """
    What the provider does with the next charges.
    """

    SUCCEED = "succeeded"
    DECLINE = "failed"
    SECURE = "action_required"
    PEND = "pending"
    HANG_AFTER = "hang_after"
    HANG_BEFORE = "hang_before"
    DOWN = "down"
    REFUSE = "refuse"


STATUS = {
    Knob.DECLINE: OutcomeStatus.FAILED,
    Knob.SECURE: OutcomeStatus.ACTION_REQUIRED,
    Knob.PEND: OutcomeStatus.PENDING,
}


@dataclass
class FakeProvider:
    """
    ``knob`` is how charges go, ``calls`` what was asked, ``payments`` what it holds by reference.
    """

    name: str = "sandbox"
    knob: Knob = Knob.SUCCEED
    payments: dict[str, Outcome] = field(default_factory=dict)
    refunds: dict[str, Money] = field(default_factory=dict)
    saved: dict[str, list[SavedMethod]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def charge(self, charge: Charge) -> Outcome:
        """
        Charge as the knob says, at most once per reference.
        """
        self._reach("charge", charge.reference)
        if self.knob is Knob.REFUSE:
            raise ProviderRefused("method_unknown")
        if self.knob is Knob.HANG_BEFORE:
            raise ProviderUnknown("timeout")
        outcome = self.payments.setdefault(charge.reference, self._new(charge))
        if self.knob is Knob.HANG_AFTER:
            raise ProviderUnknown("timeout")
        return outcome

    def find(self, reference: str) -> Outcome | None:
        """
        Return what it holds.
        """
        self._reach("find", reference)
        return self.payments.get(reference)

    def cancel(self, reference: str) -> Outcome | None:
        """
        Stop a payment that is not finished.
        """
        self._reach("cancel", reference)
        if reference in self.payments and self.payments[reference].status in _UNFINISHED:
            self.finish(reference, OutcomeStatus.FAILED, failure_code="cancelled")
        return self.payments.get(reference)

    def hosted_page(self, page: HostedPage) -> str:
        """
        Hold the payment until the test finishes it.
        """
        self._reach("hosted_page", page.reference)
        url = f"https://pay.example/{page.reference}"
        waiting = Outcome(
            reference=page.reference,
            status=OutcomeStatus.ACTION_REQUIRED,
            amount=page.amount,
            external_ref=f"ext_{page.reference}",
            redirect_url=url,
        )
        self.payments.setdefault(page.reference, waiting)
        return url

    def refund(self, reference: str, *, amount: Money, key: str) -> RefundOutcome:
        """
        Give money back, at most once per key and never more than was taken.
        """
        self._reach("refund", reference)
        held = self.payments.get(reference)
        if held is None or held.status is not OutcomeStatus.SUCCEEDED:
            raise ProviderRefused("not_charged")
        if key not in self.refunds:
            given = held.refunded or Money.zero(amount.currency)
            if held.amount < given + amount:
                raise ProviderRefused("refund_too_large")
            self.refunds[key] = amount
            self.payments[reference] = replace(held, refunded=given + amount)
        if self.knob is Knob.HANG_AFTER:
            raise ProviderUnknown("timeout")
        return RefundOutcome(status=OutcomeStatus.SUCCEEDED, external_ref=f"ref_{key}")

    def setup_page(self, *, customer_ref: str, return_url: str) -> str:
        """
        Return a page to save a card on.
        """
        self._reach("setup_page", customer_ref)
        return f"https://pay.example/setup/{customer_ref}"

    def methods(self, customer_ref: str) -> list[SavedMethod]:
        """
        Return the saved cards.
        """
        self._reach("methods", customer_ref)
        return list(self.saved.get(customer_ref, []))

    def forget(self, *, customer_ref: str, token: str) -> None:
        """
        Drop a saved card.
        """
        self._reach("forget", token)
        self.saved[customer_ref] = [m for m in self.saved.get(customer_ref, []) if m.token != token]

    def next_result(self, result: str) -> None:
        """
        Turn the knob.
        """
        self.knob = Knob(result)

    def finish(self, reference: str, status: OutcomeStatus, *, failure_code: str | None = None) -> None:
        """
        Let the customer (or the bank) end a payment that was waiting.
        """
        self.payments[reference] = replace(
            self.payments[reference], status=status, failure_code=failure_code, redirect_url=None
        )

    def taken(self) -> list[Money]:
        """
        Return every amount that was really charged.
        """
        return [p.amount for p in self.payments.values() if p.status is OutcomeStatus.SUCCEEDED]

    def _reach(self, what: str, about: str) -> None:
        self.calls.append(f"{what} {about}")
        if self.knob is Knob.DOWN:
            raise ProviderUnknown("connection refused")

    def _new(self, charge: Charge) -> Outcome:
        status = STATUS.get(self.knob, OutcomeStatus.SUCCEEDED)
        return Outcome(
            reference=charge.reference,
            status=status,
            amount=charge.amount,
            external_ref=f"ext_{charge.reference}",
            redirect_url="https://pay.example/3ds" if status is OutcomeStatus.ACTION_REQUIRED else None,
            failure_code="card_declined" if status is OutcomeStatus.FAILED else None,
        )


_UNFINISHED = frozenset({OutcomeStatus.ACTION_REQUIRED, OutcomeStatus.PENDING})
