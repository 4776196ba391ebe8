"""
What a plan consists of, and what a plan may never be.

Prices include VAT. A one-time plan is paid once (0 months); every other plan is paid per some months.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.errors import FieldError
from shared.money import Money
from shared.texts import Text

MOST_CHARACTERS = Text("Use at most %(most)s characters.")
LONGEST_NAME = 80
LONGEST_TEXT = 4000
MOST_BULLETS = 6
LARGEST_PRICE = 10**9  # minor units; a plan that costs ten millions is a slip of the finger
LARGEST_QUANTITY = 100
INTERVALS = (1, 3, 6, 12)
LONGEST_CONTRACT = 120
LONGEST_PREPAID = 365  # days
WHOLE = 10_000  # basis points


class Kind(StrEnum):
    """
    The five kinds, in the order in which customers see them.
    """

    BUNDLE = "bundle"
    INTERNET = "internet"
    VOICE = "voice"
    RECURRING = "recurring"
    ONE_TIME = "one_time"


class BillingType(StrEnum):
    """
    How a customer pays.
    """

    RECURRING = "recurring"
    PREPAID = "prepaid"
    PREPAID_DAILY = "prepaid_daily"


class Category(StrEnum):
    """
    What sort of party a customer is.
    """

    INDIVIDUAL = "individual"
    BUSINESS = "business"


@dataclass(frozen=True, kw_only=True)
class Content:
    """
    Everything an edit can change; two equal contents are the same version.

    Empty lists do not limit. *download_kbit* and *upload_kbit* belong to internet plans; 0 means not said.
    A contract lasts *contract_months* and with *auto_renewal* begins again; who ends a service before that
    pays the *early_end_fee*, later the *cancellation_fee*. *included_mb* of data come with each period,
    which for prepaid customers lasts *prepaid_days* days (0: *interval_months*).
    """

    name: str
    price: Money
    activation_fee: Money
    description: str = ""
    details: str = ""
    bullets: tuple[str, ...] = ()
    interval_months: int = 1
    vat_basis_points: int = 0
    max_quantity: int = 1
    member_ids: tuple[str, ...] = ()
    billing_types: tuple[str, ...] = ()
    partner_ids: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    label_ids: tuple[str, ...] = ()
    change_target_ids: tuple[str, ...] = ()
    enabled: bool = True
    shown_on_portal: bool = False
    hidden_on_admin: bool = False
    download_kbit: int = 0
    upload_kbit: int = 0
    contract_months: int = 0
    auto_renewal: bool = False
    included_mb: int = 0
    prepaid_days: int = 0
    cancellation_fee: Money | None = None
    early_end_fee: Money | None = None


def fitted(kind: Kind, content: Content) -> Content:
    """
    Return *content* without what has no meaning for *kind* (a voice plan has no members).
    """
    once, bundle, internet = kind is Kind.ONE_TIME, kind is Kind.BUNDLE, kind is Kind.INTERNET
    nothing = Money.zero(content.price.currency)
    return replace(
        content,
        interval_months=0 if once else content.interval_months,
        max_quantity=content.max_quantity if once else 1,
        change_target_ids=() if once else content.change_target_ids,
        member_ids=content.member_ids if bundle else (),
        contract_months=0 if once else content.contract_months,
        auto_renewal=bool(content.contract_months) and content.auto_renewal and not once,
        cancellation_fee=content.cancellation_fee if content.cancellation_fee and not once else nothing,
        early_end_fee=content.early_end_fee if content.early_end_fee and not once else nothing,
        included_mb=0 if once or bundle else content.included_mb,
        prepaid_days=0 if once else content.prepaid_days,
        download_kbit=content.download_kbit if internet else 0,
        upload_kbit=content.upload_kbit if internet else 0,
    )


def problems(kind: Kind, content: Content) -> list[FieldError]:
    """
    Return what is wrong with *content* as a plan of *kind*; nothing when it may be published.
    """
    return [
        *_about_words(content),
        *_about_money(content),
        *_about_terms(kind, content),
        *_about_contract(content),
    ]


def _about_words(content: Content) -> list[FieldError]:
    found = []
    if not content.name.strip():
        found.append(FieldError("#/name", "required", "Enter a title."))
    if len(content.name) > LONGEST_NAME:
        found.append(FieldError("#/name", "too_long", MOST_CHARACTERS, {"most": LONGEST_NAME}))
    for field in ("description", "details"):
        if len(getattr(content, field)) > LONGEST_TEXT:
            found.append(FieldError(f"#/{field}", "too_long", MOST_CHARACTERS, {"most": LONGEST_TEXT}))
    if len(content.bullets) > MOST_BULLETS or any(len(line) > LONGEST_NAME for line in content.bullets):
        found.append(
            FieldError(
                "#/bullets",
                "too_long",
                "Use at most %(lines)s lines of at most %(most)s characters.",
                {"lines": MOST_BULLETS, "most": LONGEST_NAME},
            )
        )
    return found


def _about_money(content: Content) -> list[FieldError]:
    found = []
    for field, money in (("price", content.price), ("activation_fee", content.activation_fee)):
        if not 0 <= money.minor <= LARGEST_PRICE:
            found.append(FieldError(f"#/{field}", "out_of_range", "Enter an amount from 0.00 on."))
    for field in ("cancellation_fee", "early_end_fee"):
        fee = getattr(content, field)
        if fee and not 0 <= fee.minor <= LARGEST_PRICE:
            found.append(FieldError(f"#/{field}", "out_of_range", "Enter an amount from 0.00 on."))
        if fee and fee.currency != content.price.currency:
            found.append(FieldError(f"#/{field}", "other_currency", "Use the currency of the price."))
    if content.price.currency != content.activation_fee.currency:
        found.append(FieldError("#/activation_fee", "other_currency", "Use the currency of the price."))
    if not 0 <= content.vat_basis_points < WHOLE:
        found.append(FieldError("#/vat_basis_points", "out_of_range", "Enter a percentage from 0 to 99.99."))
    return found


def _about_terms(kind: Kind, content: Content) -> list[FieldError]:
    found = []
    if kind is Kind.ONE_TIME and not 1 <= content.max_quantity <= LARGEST_QUANTITY:
        found.append(
            FieldError(
                "#/max_quantity",
                "out_of_range",
                "Enter a whole number from 1 to %(most)s.",
                {"most": LARGEST_QUANTITY},
            )
        )
    if kind is not Kind.ONE_TIME and content.interval_months not in INTERVALS:
        found.append(FieldError("#/interval_months", "unknown", "Choose how often it is paid."))
    if kind is Kind.BUNDLE and not content.member_ids:
        found.append(FieldError("#/member_ids", "required", "Choose at least one plan of the bundle."))
    for field in ("download_kbit", "upload_kbit", "contract_months", "included_mb"):
        if getattr(content, field) < 0:
            found.append(FieldError(f"#/{field}", "out_of_range", "Enter a whole number from 0 on."))
    if not 0 <= content.prepaid_days <= LONGEST_PREPAID:
        words = "Enter a number of days from 1 to %(most)s, or leave it empty."
        found.append(FieldError("#/prepaid_days", "out_of_range", words, {"most": LONGEST_PREPAID}))
    return found


def _about_contract(content: Content) -> list[FieldError]:
    found = []
    if content.contract_months > LONGEST_CONTRACT:
        words = "Enter a number of months up to %(most)s, or leave it empty."
        found.append(FieldError("#/contract_months", "out_of_range", words, {"most": LONGEST_CONTRACT}))
    if content.early_end_fee and content.early_end_fee.minor and not content.contract_months:
        words = "Without a contract duration nothing ends early."
        found.append(FieldError("#/early_end_fee", "without_contract", words))
    return found
