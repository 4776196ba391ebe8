"""
The sandbox payment provider: a stranger to billing, in a process and a database of its own.

It takes test cards on a hosted page, saves them, asks for 3-D Secure, declines, pends, refunds and sends
signed webhooks, and can be told to misbehave (``knobs``). Only its HTTP adapter,
``billing.clients.sandbox_provider``, is known to the rest of billing.
"""
