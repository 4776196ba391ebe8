"""The rules about customers, staff and messages: plain Python, no database, no web."""
