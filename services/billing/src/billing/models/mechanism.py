"""The tables the shared mechanism keeps in every service."""

from billing.models.base import Record
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.web.idempotency import IdempotencyRow
from shared.web.ratelimit import RateHitRow
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow


class Outbox(OutboxRow, Record):
    """
    Facts to be sent.
    """


class Inbox(InboxRow, Record):
    """
    Facts heard.
    """


class RevokedSession(RevokedSessionRow, Record):
    """
    Staff sessions that ended early.
    """


class StaffHandoff(StaffHandoffRow, Record):
    """
    Sign-on codes used.
    """


class Idempotency(IdempotencyRow, Record):
    """
    Keyed requests and their answers.
    """


class RateHit(RateHitRow, Record):
    """
    Who asked how often.
    """
