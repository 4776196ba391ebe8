"""
``ledgerline-<service> bus ...``: bind the service's queue, look at the broker, bring dead letters back.
"""

import sys

import click

from shared.bus.broker import connect, declare
from shared.bus.desk import Desk, desk
from shared.bus.handlers import Handlers
from shared.bus.topology import EXCHANGE, SERVICES, dead_name, queue_name
from shared.settings import one


def bus_commands(handlers: Handlers) -> click.Group:
    """
    Return the group of commands, for the broker at BUS_URL, of the service that has *handlers*.
    """
    group = click.Group("bus", dict(bus.commands), callback=bus.callback, params=bus.params, help=bus.help)

    @group.command(name="bind")
    @click.pass_context
    def bind(context: click.Context) -> None:
        """
        Have the service's queue take every fact it handles, from now on.

        To be run for every service before the first worker starts: a fact that reaches one queue counts as
        delivered, so a queue bound later would miss it for good.
        """
        assert context.parent
        with connect(context.parent.params["url"]) as connection:
            declare(connection.default_channel, handlers.service, handlers.names)
        click.echo(f"bound {queue_name(handlers.service)} to {' '.join(handlers.names)}")

    return group


@click.group(name="bus")
@click.option("--url", default=lambda: one("BUS_URL"), help="The broker; default BUS_URL.")
@click.pass_context
def bus(context: click.Context, url: str) -> None:
    """
    Bind the service's queue, look at the broker, bring dead letters back.
    """
    if not url:
        raise click.UsageError("Set BUS_URL or give --url.")
    context.obj = context.with_resource(desk(url))


@bus.group()
def topology() -> None:
    """
    The exchange and the queues of every service.
    """


@topology.command()
@click.pass_obj
def check(broker: Desk) -> None:
    """
    Say what is missing; exit with 1 if anything is.
    """
    missing = [] if broker.has_exchange() else [f"exchange {EXCHANGE}"]
    missing += [f"queue {queue}" for queue in _queues() if broker.depth(queue) is None]
    for what in missing:
        click.echo(f"missing: {what}")
    if missing:
        sys.exit(1)
    click.echo("complete")


@topology.command(name="declare")
@click.pass_obj
def make_queues(broker: Desk) -> None:
    """
    Make what is missing; limits come from definitions.json, bindings from ``bus bind`` and the workers.
    """
    broker.declare(SERVICES)
    click.echo("declared")


@bus.command()
@click.pass_obj
def depth(broker: Desk) -> None:
    """
    Show how many messages wait in each queue.
    """
    for queue in _queues():
        waiting = broker.depth(queue)
        click.echo(f"{queue:<28}{'missing' if waiting is None else waiting}")


@bus.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.option("--limit", default=10, show_default=True, help="At most so many.")
@click.pass_obj
def peek(broker: Desk, service: str, limit: int) -> None:
    """
    Show the dead letters of a service and leave them where they are.

    Only dead letters: looking at a queue of facts would count as a failed delivery.
    """
    for letter in broker.dead_letters(service, limit):
        click.echo(f"{letter.id} {letter.key}\n  {letter.body.decode(errors='replace')}")


@bus.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.pass_obj
def replay(broker: Desk, service: str) -> None:
    """
    Give a service its dead letters again; what it had already handled changes nothing.
    """
    click.echo(f"{broker.replay(service)} replayed")


def _queues() -> list[str]:
    return [queue for service in SERVICES for queue in (queue_name(service), dead_name(service))]
