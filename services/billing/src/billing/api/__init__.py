"""The JSON API the gateway speaks to: translate, never decide."""
