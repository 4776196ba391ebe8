"""
The launcher: one installation of Ledgerline on this machine, for people, tests and benchmarks alike.

Reads from the outside in: ``__main__`` (commands) > ``installation`` > ``services``, ``postgres``,
``rabbitmq`` (what to start) > ``keeper`` (keeps one program alive) > ``program`` (what a program is).
"""
