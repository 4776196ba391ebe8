"""The settings in force: of an account, of a partner, and where each value comes from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change_settings import ChangeSettings
from billing.domain.settings import BillingSettings, layered
from billing.models import Account, Partner, PartnerSettings

Own = dict[str, object]


def settings_of(session: Session, account: Account) -> BillingSettings:
    """
    Return how *account* is billed, inherited values included.
    """
    return layered(partner_settings(session, account.partner_id), account.own_settings)


def partner_settings(session: Session, partner_id: str) -> BillingSettings:
    """
    Return how the partner's customers are billed unless theirs says otherwise.
    """
    return layered(BillingSettings(), *own_layers(session, partner_id))


def change_settings(session: Session, partner_id: str) -> ChangeSettings:
    """
    Return what a change of plan costs at the partner.
    """
    return layered(ChangeSettings(), *own_layers(session, partner_id))


def own_layers(session: Session, partner_id: str) -> list[Own]:
    """
    Return what the Default partner and then *partner_id* set themselves.
    """
    default_id = default_partner_id(session)
    ids = [default_id, partner_id] if default_id != partner_id else [partner_id]
    rows = session.scalars(select(PartnerSettings).where(PartnerSettings.partner_id.in_(ids)))
    own = {row.partner_id: row.own for row in rows}
    return [own.get(each or "", {}) for each in ids]


def default_partner_id(session: Session) -> str | None:
    """
    Return the partner the others inherit from, once customers has told us.
    """
    return session.scalar(select(Partner.id).where(Partner.is_default))
