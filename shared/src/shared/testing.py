"""Fixtures for the tests of every service."""
