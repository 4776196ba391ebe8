"""Ports on loopback: which are taken, which are free."""

import random
import socket

HOST = "127.0.0.1"
EPHEMERAL = 32_000


class PortTaken(Exception):
    """
    A port the installation needs is in use.
    """

    def __init__(self, port: int, wanted_by: str) -> None:
        super().__init__(
            f"Port {port} is taken (wanted by {wanted_by}). Stop what uses it, or choose another: "
            f"PORT_BASE={port // 100 * 100 + 100} make run"
        )
        self.port = port


def free_port() -> int:
    """
    Return a port nobody listens on.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def free_block(size: int) -> int:
    """
    Return the first of *size* free ports in a row, below those the kernel hands out.
    """
    while True:
        base = random.randrange(20_000, EPHEMERAL - size)
        if not any(is_taken(base + step) for step in range(size)):
            return base


def is_taken(port: int) -> bool:
    """
    Say whether somebody listens on *port*.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
