"""Customers, partners, staff and the activity log."""
