"""The admin screens for customers, partners, labels, staff and the activity log."""
