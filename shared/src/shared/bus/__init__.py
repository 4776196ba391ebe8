"""
How facts travel between services: outbox, relay, broker, inbox, handlers.

Importing this teaches kombu our embedded transport (``sqlbus:////absolute/path``).
"""

from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["sqlbus"] = "shared.bus.sqlbus:Transport"
