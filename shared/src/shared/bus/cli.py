"""
``ledgerline-<service> bus ...``: look at the broker and bring dead letters back.
"""

import sys

import click

from shared.bus.desk import Desk, desk
from shared.bus.topology import EXCHANGE, SERVICES, dead_name, queue_name
from shared.settings import environment


def bus_commands() -> click.Group:
    """
    Return the group of commands, for the broker at BUS_URL.
    """
    return bus


@click.group(name="bus")
@click.option("--url", default=lambda: environment().get("BUS_URL", ""), help="The broker; default BUS_URL.")
@click.pass_context
def bus(context: click.Context, url: str) -> None:
    """
    Look at the broker and bring dead letters back.
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


@topology.command()
@click.pass_obj
def declare(broker: Desk) -> None:
    """
    Make what is missing; limits come from definitions.json, bindings from the workers.
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
