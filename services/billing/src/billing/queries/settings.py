"""The settings in force: of an account, of a partner, and where each value comes from."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.domain.change_settings import ChangeSettings
from billing.domain.settings import BillingSettings, Shown, layered, shown
from billing.models import Account, Partner, PartnerSettings

Own = dict[str, object]

# Asked for with every order, bill and page: made once.
LAYERS = (
    select(PartnerSettings.partner_id, PartnerSettings.own, Partner.is_default)
    .outerjoin(Partner, Partner.id == PartnerSettings.partner_id)
    .where((PartnerSettings.partner_id == bindparam("partner")) | Partner.is_default)
)


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
    rows = session.execute(LAYERS, {"partner": partner_id}).all()
    own: Own = next((row.own for row in rows if row.partner_id == partner_id), {})
    inherited = next((row for row in rows if row.is_default), None)
    if inherited and inherited.partner_id == partner_id:
        return [own]
    return [inherited.own if inherited else {}, own]


def default_partner_id(session: Session) -> str | None:
    """
    Return the partner the others inherit from, once customers has told us.
    """
    return session.scalar(select(Partner.id).where(Partner.is_default))


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """
    A partner's billing settings, field by field, at their *version*.
    """

    partner: Partner
    version: int
    fields: dict[str, Shown]

    @property
    def overrides(self) -> int:
        """
        How many fields differ from Default.
        """
        return sum(1 for field in self.fields.values() if field.differs)


def settings_page(session: Session, partner_id: str) -> SettingsPage:
    """
    Return the partner's settings with what each would be otherwise.
    """
    own = own_layers(session, partner_id)
    partner = session.get_one(Partner, partner_id)
    row = session.get(PartnerSettings, partner_id)
    default = layered(BillingSettings(), own[0])
    inherited = BillingSettings() if partner.is_default else default
    return SettingsPage(
        partner=partner,
        version=row.version if row else 0,
        fields={field.name: field for field in shown(inherited, own[-1], default)},
    )


def partners_in(session: Session, scope: frozenset[str] | None) -> list[Partner]:
    """
    Return the partners of *scope* (None: all), the Default partner first.
    """
    query = select(Partner).order_by(Partner.is_default.desc(), Partner.number)
    return list(session.scalars(query if scope is None else query.where(Partner.id.in_(scope))))


def settings_if(session: Session, partner_id: str, names: tuple[str, ...], own: Own) -> BillingSettings:
    """
    Return how the partner's customers would be billed if *own* were its values of *names*.
    """
    layers = own_layers(session, partner_id)
    kept = {name: value for name, value in layers[-1].items() if name not in names}
    return layered(BillingSettings(), *layers[:-1], kept | own)


def account_page(session: Session, account: Account) -> dict[str, Shown]:
    """
    Return the account's settings with what each would be without values of its own.
    """
    inherited = partner_settings(session, account.partner_id)
    return {field.name: field for field in shown(inherited, account.own_settings, inherited)}
