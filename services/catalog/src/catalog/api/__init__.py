"""Catalog's JSON API, asked by the gateway only."""

from catalog.api.availability import blueprint as availability

blueprints = [availability]
