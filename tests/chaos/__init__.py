"""Killing the product on purpose, and counting afterwards whether anything was lost or done twice."""
