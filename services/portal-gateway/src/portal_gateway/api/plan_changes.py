"""Changing the plan of a service: what is possible, booking it, taking it back, or asking for it."""

from datetime import date
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.domain.calendar import calendar_file
from portal_gateway.usecases.book_plan_change import book_plan_change
from portal_gateway.usecases.find_plan_changes import find_plan_changes
from portal_gateway.usecases.quote_plan_change import quote_plan_change
from portal_gateway.usecases.request_plan_change import Wish, request_plan_change
from portal_gateway.usecases.withdraw_plan_change import withdraw_plan_change
from shared import clock
from shared.ui.formats import money
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("plan-changes", __name__, url_prefix="/api/v1", description="Changing a plan")


CALENDAR = {"description": "A calendar file", "content": {"text/calendar": {"schema": {"type": "string"}}}}


class PricedPlan(wire.PlanName):
    """
    A plan and its price.
    """

    price = fields.Nested(wire.Amount)


class Suggested(Schema):
    """
    A day worth offering.
    """

    on = fields.String()
    code = fields.String()
    label = fields.String()


class Dates(Schema):
    """
    When a change may start.
    """

    earliest_on = fields.String()
    latest_on = fields.String()
    suggested = fields.List(fields.Nested(Suggested))
    rules = fields.List(fields.Dict())


class Target(Schema):
    """
    A plan to change to: *direction* is up, down or same, *difference* per period.
    """

    plan_id = fields.String()
    name = fields.String()
    price = fields.Nested(wire.Amount)
    direction = fields.String()
    difference = fields.Nested(wire.Amount)
    bullets = fields.List(fields.String())


class PlanChange(Schema):
    """
    A change of plan and where it stands: booked, applied, withdrawn or failed.
    """

    id = fields.String()
    status = fields.String()
    service_id = fields.String()
    from_plan_id = fields.String()
    to_plan_id = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.String()
    undo_until = fields.String(allow_none=True)
    links = fields.Dict()


class Options(Schema):
    """
    What a service may become; without targets only a request is possible, if *modes* has it.
    """

    service_id = fields.String()
    modes = fields.List(fields.String())
    current_plan = fields.Nested(PricedPlan)
    dates = fields.Nested(Dates)
    targets = fields.List(fields.Nested(Target))
    pending_change = fields.Nested(PlanChange, allow_none=True)
    refusal = fields.Nested(wire.NotNow, allow_none=True)


class Confirmed(Schema):
    """
    The quote to confirm, and the card that pays its bill when the change is applied.
    """

    quote_id = fields.String(required=True, validate=validate.Length(1, 40))
    payment_method_id = fields.String(validate=validate.Length(1, 40))


class Asked(Schema):
    """
    Which service to change, to what and when; without a plan we look for one. *message* is optional.
    """

    service_id = fields.String(required=True, validate=validate.Length(1, 40))
    plan_id = fields.String(validate=validate.Length(1, 40))
    start_on = fields.Date()
    message = fields.String(load_default="", validate=validate.Length(max=5_000))


class Request(Schema):
    """
    The ticket that carries the wish.
    """

    ticket_id = fields.String()
    number = fields.String()
    status = fields.String()


class PlanChanges(Schema):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(PlanChange))


@blueprint.route("/services/<service_id>/plan-change-options", methods=["GET"])
@subscriber
@blueprint.response(200, Options)
def get_options(service_id: str) -> dict[str, Any]:
    """
    Tell what a service may be changed to, from when and how.
    """
    return present.plan_change_options(
        find_plan_changes(database(), upstreams(), caller(), service_id=service_id)
    )


@blueprint.route("/plan-changes", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(Confirmed)
@blueprint.response(202, PlanChange)
def post_change(body: dict[str, str]) -> ResponseReturnValue:
    """
    Book a quoted change (Idempotency-Key required); it can be undone until its moment.
    """
    booked = book_plan_change(
        database(),
        upstreams(),
        caller(),
        quote_id=body["quote_id"],
        payment_method_id=body.get("payment_method_id"),
        key=request.headers["Idempotency-Key"],
    )
    here = url_for("plan-changes.get_change", change_id=booked["id"])
    return present.plan_change(booked), 202, {"Location": here}


@blueprint.route("/plan-changes", methods=["GET"])
@subscriber
@blueprint.response(200, PlanChanges)
def get_changes() -> dict[str, Any]:
    """
    List the customer's changes of plan.
    """
    return {"items": [present.plan_change(each) for each in upstreams().billing.changes.booked(caller())]}


@blueprint.route("/plan-changes/<change_id>", methods=["GET"])
@subscriber
@blueprint.response(200, PlanChange)
def get_change(change_id: str) -> dict[str, Any]:
    """
    Tell where a change stands.
    """
    return present.plan_change(upstreams().billing.changes.one(caller(), change_id))


@blueprint.route("/plan-changes/<change_id>/calendar.ics", methods=["GET"])
@subscriber
@blueprint.doc(responses={"200": CALENDAR})
def get_calendar(change_id: str) -> Response:
    """
    Give the day of a booked change as a calendar file.
    """
    change = upstreams().billing.changes.one(caller(), change_id)
    text = calendar_file(
        uid=f"{change['id']}@ledgerline",
        title=gettext("%(plan)s starts", plan=change["to_plan_name"]),
        on=date.fromisoformat(change["starts_on"]),
        text=gettext("%(price)s from then on.", price=money(change["price"])),
        made_at=clock.real_now(),
    )
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="plan-change.ics"'
    return answer


@blueprint.route("/plan-changes/<change_id>", methods=["DELETE"])
@subscriber
@blueprint.response(200, PlanChange)
def delete_change(change_id: str) -> dict[str, Any]:
    """
    Undo a change before its moment: no document is made, nothing is charged.
    """
    return present.plan_change(withdraw_plan_change(upstreams(), caller(), change_id=change_id))


@blueprint.route("/plan-change-requests", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(Asked)
@blueprint.response(201, Request)
def post_request(body: dict[str, Any]) -> dict[str, Any]:
    """
    Ask us to change a plan (Idempotency-Key required): one ticket carries service, plan, day and price.
    """
    options = find_plan_changes(database(), upstreams(), caller(), service_id=body["service_id"])
    quote = None
    if "plan_id" in body:
        start_on = body["start_on"].isoformat() if "start_on" in body else None
        quote = quote_plan_change(upstreams(), caller(), options, plan_id=body["plan_id"], start_on=start_on)
    wish = Wish(message=body["message"], quote=quote)
    ticket = request_plan_change(upstreams(), caller(), options, wish, key=request.headers["Idempotency-Key"])
    return {"ticket_id": ticket["id"], "number": str(ticket["number"]), "status": ticket["status"]}
