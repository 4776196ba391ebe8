"""What a plan may and may never be."""

from dataclasses import replace

import pytest

from catalog.domain.plan import Content, Kind, fitted, problems
from shared.money import Money

SOUND = Content(name="Fibre 100", price=Money(3000, "EUR"), activation_fee=Money(0, "EUR"))


@pytest.mark.parametrize(
    ("kind", "change", "pointer"),
    [
        (Kind.INTERNET, {"name": "  "}, "#/name"),
        (Kind.INTERNET, {"name": "x" * 81}, "#/name"),
        (Kind.INTERNET, {"price": Money(-1, "EUR")}, "#/price"),
        (Kind.INTERNET, {"activation_fee": Money(100, "USD")}, "#/activation_fee"),
        (Kind.INTERNET, {"vat_basis_points": 10_000}, "#/vat_basis_points"),
        (Kind.INTERNET, {"interval_months": 5}, "#/interval_months"),
        (Kind.INTERNET, {"bullets": ("a",) * 7}, "#/bullets"),
        (Kind.INTERNET, {"download_kbit": -1}, "#/download_kbit"),
        (Kind.INTERNET, {"included_mb": -1}, "#/included_mb"),
        (Kind.VOICE, {"prepaid_days": 366}, "#/prepaid_days"),
        (Kind.ONE_TIME, {"max_quantity": 0}, "#/max_quantity"),
        (Kind.ONE_TIME, {"max_quantity": 101}, "#/max_quantity"),
        (Kind.BUNDLE, {"member_ids": ()}, "#/member_ids"),
    ],
)
def test_each_broken_rule_names_its_field(kind: Kind, change: dict[str, object], pointer: str) -> None:
    broken = replace(SOUND, **change)  # type: ignore[arg-type]

    assert [problem.pointer for problem in problems(kind, broken)] == [pointer]


def test_a_free_plan_is_fine() -> None:
    assert problems(Kind.INTERNET, replace(SOUND, price=Money(0, "EUR"))) == []


def test_what_has_no_meaning_for_a_kind_is_dropped() -> None:
    everything = replace(
        SOUND,
        max_quantity=5,
        member_ids=("plan_1",),
        download_kbit=100,
        contract_months=12,
        auto_renewal=True,
        early_end_fee=Money(6000, "EUR"),
        included_mb=5000,
        prepaid_days=30,
    )

    voice = fitted(Kind.VOICE, everything)

    assert (voice.max_quantity, voice.member_ids, voice.download_kbit) == (1, (), 0)
    assert (voice.contract_months, voice.auto_renewal) == (12, True)
    once = fitted(Kind.ONE_TIME, everything)
    assert (once.contract_months, once.auto_renewal, once.early_end_fee) == (0, False, Money(0, "EUR"))
    assert not fitted(Kind.VOICE, replace(everything, contract_months=0)).auto_renewal
    assert (voice.included_mb, voice.prepaid_days) == (5000, 30)
    assert fitted(Kind.ONE_TIME, everything).interval_months == 0
    assert fitted(Kind.ONE_TIME, everything).prepaid_days == 0
    assert fitted(Kind.BUNDLE, everything).included_mb == 0
