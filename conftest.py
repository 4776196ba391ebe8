"""What every test of the house may use: the fixtures of ``shared.testing``."""

pytest_plugins = ["shared.testing"]
