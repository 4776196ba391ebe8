"""Reads of what the gateway keeps; everything is asked for with the customer or partner it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal_gateway.domain import basket as baskets
from portal_gateway.domain import portal_settings as settings
from portal_gateway.models import (
    Basket,
    BasketItem,
    CustomerCopy,
    LatePayer,
    LiveEvent,
    PartnerCopy,
    PlanVersion,
    PortalSession,
    PortalSettings,
)
from shared.errors import NotFound
from shared.money import Money

FALLBACK_CURRENCY = "EUR"
FALLBACK_TIMEZONE = "Europe/Dublin"

# Asked for with every page: made once, and without a record for each row.
_known: Table = PartnerCopy.__table__  # type: ignore[assignment]
_set: Table = PortalSettings.__table__  # type: ignore[assignment]
BRANDS = (
    select(_known, *(_set.c[name] for name in settings.FIELDS))
    .outerjoin(_set, _set.c.partner_id == _known.c.partner_id)
    .where(or_(_known.c.partner_id == bindparam("partner"), _known.c.is_default))
)
KNOWN = (
    select(CustomerCopy, LatePayer)
    .outerjoin(LatePayer, LatePayer.customer_id == CustomerCopy.customer_id)
    .where(CustomerCopy.customer_id == bindparam("customer"))
)


@dataclass(frozen=True, kw_only=True)
class Device:
    """
    One running session, as its owner may see it.
    """

    id: str
    kind: str
    device: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Partner:
    """
    A provider brand as the portal shows it.
    """

    id: str = ""
    name: str = "Ledgerline"
    title: str = "Ledgerline"
    hue: int = 258
    currency: str = FALLBACK_CURRENCY
    timezone: str = FALLBACK_TIMEZONE
    languages: tuple[str, ...] = ("en", "de")
    help_phone: str = ""
    help_email: str = ""
    is_default: bool = False


@dataclass(frozen=True, kw_only=True)
class Late:
    """
    What keeps a customer out: *state* is blocked or inactive.
    """

    state: str
    owed: Money
    due_since: date


@dataclass(frozen=True, kw_only=True)
class Acquaintance:
    """
    What we remember about a customer, and since when; *late* if they are kept out for not paying.
    """

    number: int
    full_name: str
    status: str
    billing_type: str
    language: str
    heard_at: datetime
    has_email: bool = True
    late: Late | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """
    One event of the live stream.
    """

    number: int
    name: str
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """
    All the settings screen of a partner shows.
    """

    partner: Partner
    version: int
    fields: list[settings.Shown]

    @property
    def overrides(self) -> int:
        """
        How many fields differ from Default.
        """
        return 0 if self.partner.is_default else sum(field.differs for field in self.fields)


def devices(session: Session, *, customer_id: str, now: datetime) -> list[Device]:
    """
    Return the customer's running sessions, newest first.
    """
    rows = session.scalars(
        select(PortalSession)
        .where(PortalSession.customer_id == customer_id, PortalSession.ended_at.is_(None))
        .where(PortalSession.ends_at > now)
        .order_by(PortalSession.id.desc())
    )
    return [
        Device(
            id=row.id,
            kind=row.kind,
            device=row.device,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    ]


def must_choose(session: Session, session_id: str | None) -> bool:
    """
    Tell whether a session was begun with a password that has to be replaced.
    """
    return bool(session.scalar(select(PortalSession.must_choose).where(PortalSession.id == session_id)))


def partners(session: Session) -> list[Partner]:
    """
    Return every brand, Default first.
    """
    rows = session.scalars(select(PartnerCopy).order_by(PartnerCopy.is_default.desc(), PartnerCopy.name))
    return [_partner(row) for row in rows]


def partner(session: Session, partner_id: str | None) -> Partner:
    """
    Return one brand; Default when it is not known (yet), and a neutral one when not even that is.
    """
    return brand(session, partner_id)[0]


def effective_settings(session: Session, partner_id: str | None) -> settings.Effective:
    """
    Return the portal settings of a partner with everything inherited filled in.
    """
    return brand(session, partner_id)[1]


def brand(session: Session, partner_id: str | None) -> tuple[Partner, settings.Effective]:
    """
    Return a brand and its portal settings, as ``partner`` and ``effective_settings`` do, in one read.
    """
    rows = session.execute(BRANDS, {"partner": partner_id}).all()
    default = next((row for row in rows if row.is_default), None)
    own = next((row for row in rows if row.partner_id == partner_id), None)
    inherited = settings.effective(_set_by(default), settings.BUILT_IN)
    shown = own or default
    return _partner(shown) if shown else Partner(), settings.effective(_set_by(own), inherited)


def may_call(session: Session, origin: str, *, partner_id: str | None) -> bool:
    """
    Tell whether pages of *origin* may call the public API for customers of a partner; of any, if it is None.
    """
    asked = [partner_id] if partner_id else [each.id for each in partners(session)]
    return any(effective_settings(session, each).lets_call(origin) for each in asked)


def settings_page(session: Session, partner_id: str) -> SettingsPage:
    """
    Return the settings screen of one partner.

    :raises NotFound: if there is no such partner
    """
    row = session.get(PartnerCopy, partner_id)
    if row is None:
        raise NotFound
    own = session.get(PortalSettings, partner_id)
    inherited = settings.BUILT_IN
    if not row.is_default:
        inherited = settings.effective(_own(session, _default_id(session)), inherited)
    return SettingsPage(
        partner=_partner(row),
        version=own.version if own else 0,
        fields=settings.shown(_own(session, partner_id), inherited),
    )


def acquaintance(session: Session, customer_id: str) -> Acquaintance | None:
    """
    Return what we remember about a customer, if anything.
    """
    found = session.execute(KNOWN, {"customer": customer_id}).one_or_none()
    if found is None:
        return None
    row, late = found
    return Acquaintance(
        number=row.number,
        full_name=row.full_name,
        status=row.status,
        billing_type=row.billing_type,
        language=row.language,
        heard_at=row.heard_at,
        has_email=row.has_email,
        late=_late(late),
    )


def _late(row: LatePayer | None) -> Late | None:
    if row is None or row.state == "clear" or row.due_since is None:
        return None
    return Late(state=row.state, owed=Money(row.owed_minor, row.currency), due_since=row.due_since)


def basket(session: Session, *, customer_id: str, partner_id: str) -> baskets.Contents:
    """
    Return the customer's basket; an empty one at revision 0 when there never was any.
    """
    currency = partner(session, partner_id).currency
    row = session.scalar(select(Basket).where(Basket.customer_id == customer_id))
    return contents(row, currency) if row else baskets.Contents(id="", revision=0, currency=currency)


def contents(row: Basket, currency: str) -> baskets.Contents:
    """
    Return what is in the basket *row*.
    """
    return baskets.Contents(
        id=row.id,
        revision=row.version,
        currency=row.items[0].currency if row.items else currency,
        items=tuple(_wish(item) for item in row.items),
        order_id=row.order_id,
        quote_id=row.quote_id,
        quote_ends_at=row.quote_ends_at,
        quote=row.quote,
        checked=row.checked,
        sent_quote_id=row.sent_quote_id,
    )


def live_events(session: Session, *, customer_id: str, after: int, limit: int = 100) -> Sequence[Happening]:
    """
    Return what happened to the customer since event number *after*, oldest first.
    """
    rows = session.scalars(
        select(LiveEvent)
        .where(LiveEvent.customer_id == customer_id, LiveEvent.number > after)
        .order_by(LiveEvent.number)
        .limit(limit)
    )
    return [Happening(number=row.number, name=row.name, body=row.body) for row in rows]


def newest_live_event(session: Session) -> int:
    """
    Return the number of the newest event of anybody: where a new stream begins.
    """
    return session.scalar(select(func.max(LiveEvent.number))) or 0


def catalogue_stamp(session: Session) -> int:
    """
    Return a number that grows whenever any plan gets a new version.
    """
    return int(session.scalar(select(func.sum(PlanVersion.version))) or 0)


def seen_of(session: Session, customer_id: str) -> str | None:
    """
    Return a mark of all that decides what a customer may order, as far as we have heard: it changes with any
    plan and with the customer. None for somebody we have not heard of.
    """
    version = session.scalar(select(CustomerCopy.version).where(CustomerCopy.customer_id == customer_id))
    return None if version is None else f"{catalogue_stamp(session)}:{version}"


def _default_id(session: Session) -> str | None:
    return session.scalar(select(PartnerCopy.partner_id).where(PartnerCopy.is_default))


def _own(session: Session, partner_id: str | None) -> dict[str, Any]:
    return _set_by(session.get(PortalSettings, partner_id) if partner_id else None)


def _set_by(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in settings.FIELDS}


def _partner(row: PartnerCopy | Row[Any]) -> Partner:
    return Partner(
        id=row.partner_id,
        name=row.name,
        title=row.title,
        hue=row.hue,
        currency=row.currency,
        timezone=row.timezone,
        languages=tuple(row.languages),
        help_phone=row.help_phone,
        help_email=row.help_email,
        is_default=row.is_default,
    )


def _wish(item: BasketItem) -> baskets.Wish:
    return baskets.Wish(
        id=item.id,
        plan_id=item.plan_id,
        version=item.plan_version,
        name=item.name,
        kind=item.kind,
        quantity=item.quantity,
        price=Money(item.price_minor, item.currency),
        interval_months=item.interval_months,
    )
