"""Change what a partner set about its portal, and tell everybody whose effective settings moved."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal_gateway import queries
from portal_gateway.domain import portal_settings as rules
from portal_gateway.models import PortalSettings
from shared.bus.outbox import tell
from shared.contracts import portal as facts
from shared.errors import FieldError, Invalid, NotFound
from shared.web.errors import PreconditionFailed

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}")

LONGEST_VERSION = 60


def edit_portal_settings(
    session: Session, *, partner_id: str, own: Mapping[str, Any], expected: int
) -> rules.Effective:
    """
    Store what the partner sets itself (None: inherit) and return what holds now.

    :raises NotFound: if there is no such partner
    :raises PreconditionFailed: if they are not at version *expected*
    :raises Invalid: if orders should arrive by e-mail and no address holds, a front end is no origin, the
        terms have no page or no version, or a number or a text is out of bounds
    """
    page = queries.settings_page(session, partner_id)
    if page.version != expected:
        raise PreconditionFailed
    before = _all_effective(session)
    row = session.get(PortalSettings, partner_id) or _new(session, partner_id)
    for name in rules.FIELDS:
        setattr(row, name, own.get(name))
    row.version += 1
    session.flush()
    after = _all_effective(session)
    _refuse_mail_without_address(after[partner_id])
    _refuse_what_is_no_origin(after[partner_id])
    _refuse_half_terms(after[partner_id])
    _refuse_out_of_bounds(after[partner_id])
    _tell_moved(session, before, after)
    return after[partner_id]


def tell_portal_settings(session: Session, *, partner_id: str) -> None:
    """
    State the partner's effective settings as they are, for services that start to listen.
    """
    _tell(session, partner_id, queries.effective_settings(session, partner_id))


def _new(session: Session, partner_id: str) -> PortalSettings:
    row = PortalSettings(partner_id=partner_id, version=0)
    session.add(row)
    return row


def _all_effective(session: Session) -> dict[str, rules.Effective]:
    return {each.id: queries.effective_settings(session, each.id) for each in queries.partners(session)}


def _refuse_mail_without_address(settings: rules.Effective) -> None:
    address = settings.order_email
    if address and not ADDRESS.fullmatch(address):
        raise Invalid(FieldError("#/order_email", "format", "Enter an address such as orders@example.com."))
    if settings.order_channel == rules.Channel.EMAIL and not address:
        raise Invalid(FieldError("#/order_email", "required", "Enter the address orders are sent to."))


def _refuse_what_is_no_origin(settings: rules.Effective) -> None:
    if rules.not_origins(settings.front_ends):
        detail = "Enter addresses such as https://shop.example.com, without anything behind them."
        raise Invalid(FieldError("#/front_ends", "format", detail))


def _refuse_half_terms(settings: rules.Effective) -> None:
    if settings.terms_url and not rules.PAGE.fullmatch(settings.terms_url):
        detail = "Enter an address such as https://example.com/terms."
        raise Invalid(FieldError("#/terms_url", "format", detail))
    if settings.terms_version and not settings.terms_url:
        raise Invalid(FieldError("#/terms_url", "required", "Enter where the terms can be read."))
    if settings.terms_url and not 1 <= len(settings.terms_version) <= LONGEST_VERSION:
        detail = "Enter which version it is, such as 2026-11, in at most %(most)s characters."
        raise Invalid(FieldError("#/terms_version", "required", detail, {"most": LONGEST_VERSION}))


def _refuse_out_of_bounds(settings: rules.Effective) -> None:
    errors = []
    for name in rules.out_of_bounds(settings):
        least, most = rules.BOUNDS[name]
        words, bounds = "Enter a number from %(least)s to %(most)s.", {"least": least, "most": most}
        errors.append(FieldError(f"#/{name}", "out_of_range", words, bounds))
    if len(settings.equipment_note) > rules.LONGEST_NOTE:
        most_letters = {"most": rules.LONGEST_NOTE}
        errors.append(
            FieldError("#/equipment_note", "too_long", "Use at most %(most)s letters.", most_letters)
        )
    if errors:
        raise Invalid(*errors)


def _tell_moved(
    session: Session, before: dict[str, rules.Effective], after: dict[str, rules.Effective]
) -> None:
    for partner_id, settings in after.items():
        if settings != before[partner_id]:
            _raise_version(session, partner_id)
            _tell(session, partner_id, settings)


def _raise_version(session: Session, partner_id: str) -> None:
    # A partner that set nothing itself has no row, yet its inherited settings moved: facts need a version.
    if session.get(PortalSettings, partner_id) is None:
        _new(session, partner_id).version = 1
        session.flush()


def _tell(session: Session, partner_id: str, settings: rules.Effective) -> None:
    row = session.get(PortalSettings, partner_id)
    if row is None and not any(each.id == partner_id for each in queries.partners(session)):
        raise NotFound
    tell(
        session,
        facts.SettingsChanged(
            partner_id=partner_id,
            version=row.version if row else 0,
            ordering_enabled=settings.ordering_enabled,
            accept_payment=settings.accept_payment,
            order_channel=settings.order_channel,
            order_email=settings.order_email,
            **{name: _mode(settings, name) for name in rules.CHANGE_FIELDS.values()},
        ),
    )


def _mode(settings: rules.Effective, name: str) -> str:
    # Without pages of services nobody changes a plan there, whatever the mode says.
    mode: str = getattr(settings, name)
    return mode if settings.menu_services else rules.ChangeMode.OFF
