"""
The embedded bus: a kombu transport that keeps a whole broker in one SQLite file.

One machine, one local disk. What was published survives kill -9 and power loss; what a dead consumer held
comes back. It is not highly available: for that, and for more machines, ``BUS_URL=amqp://...`` is RabbitMQ.
"""

from shared.bus.sqlbus.transport import Transport

__all__ = ["Transport"]
