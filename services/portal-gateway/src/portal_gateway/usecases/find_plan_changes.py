"""
What a service may become: how its partner lets plans be changed, what the catalogue allows this customer, and
what billing says about dates, prices and a change that is booked already.
"""

from dataclasses import dataclass

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Subscription
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import Product
from portal_gateway.clients.plan_changes import Offered, Possible, Target
from portal_gateway.domain.portal_settings import ChangeMode
from portal_gateway.usecases.check_ordering import FeatureDisabled
from shared.db import Database
from shared.errors import Conflict


class NoPlansAvailable(Conflict, code="no_plans_available", title="No plans to change to"):
    """
    The plan asked for is none this service can be changed to.
    """


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    One service, the ways to change it (self, request), and what it can become; *facts* by plan id.
    """

    service: Subscription
    modes: list[str]
    possible: Possible
    facts: dict[str, Product]

    @property
    def targets(self) -> list[Target]:
        """
        The plans to choose from.
        """
        return self.possible["targets"]

    def target(self, plan_id: str) -> Target:
        """
        Return one plan to choose from.

        :raises NoPlansAvailable: if it is none of them
        """
        for each in self.targets:
            if each["plan_id"] == plan_id:
                return each
        raise NoPlansAvailable("This service cannot be changed to that plan. Look at the plans again.")


def find_plan_changes(db: Database, upstreams: Upstreams, caller: Caller, *, service_id: str) -> Options:
    """
    Return what the service may become.

    :raises NotFound: if the customer has no such service
    :raises FeatureDisabled: if the partner lets nobody change plans of this type in the portal
    """
    service = upstreams.billing.subscription(caller, service_id)
    modes = change_modes(db, caller, kind=service["kind"])
    if not modes:
        raise FeatureDisabled("Changing this plan in the portal is switched off.")
    person = upstreams.customers.person(caller)
    offered = upstreams.catalog.change_targets(person, from_plan_id=service["plan_id"])
    possible = upstreams.billing.changes.possible(
        caller,
        subscription_id=service_id,
        offered=[Offered(plan_id=each["id"], version=each["version"]) for each in offered],
    )
    return Options(
        service=service, modes=modes, possible=possible, facts={each["id"]: each for each in offered}
    )


def change_modes(db: Database, caller: Caller, *, kind: str) -> list[str]:
    """
    Return how the customer's partner lets a service of *kind* change its plan.
    """
    with db.read() as session:
        return queries.effective_settings(session, caller.partner_id).change_modes(kind)


def insist_on(options: Options, mode: ChangeMode) -> None:
    """
    Go on only if the partner lets plans be changed that way.

    :raises FeatureDisabled: if not
    """
    if mode not in options.modes:
        raise FeatureDisabled("This way of changing a plan is switched off.")
