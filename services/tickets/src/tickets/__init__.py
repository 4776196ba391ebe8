"""Support requests and their threads."""
