"""Tickets' JSON API: the subscriber's own tickets, asked by the gateway for them."""

from tickets.api.tickets import blueprint as tickets

blueprints = [tickets]
