"""
``python -m deploy.local.prepare PACKAGE [--demo]``: what a service needs before its processes start.

Its tables, its demo data, and its queue with every binding. The bindings come before anybody tells a fact: a
fact that reaches one queue counts as delivered, so a queue bound later would miss it for good.
"""

import importlib

import click


@click.command()
@click.argument("package")
@click.option("--demo", is_flag=True)
def main(package: str, demo: bool) -> None:
    """
    Prepare one service, in one process to save the start of three.
    """
    commands = importlib.import_module(f"{package}.cli").main
    for command in (["migrate"], *([["seed"]] if demo else []), ["bus", "bind"]):
        commands.main(command, standalone_mode=False)


if __name__ == "__main__":
    main()
