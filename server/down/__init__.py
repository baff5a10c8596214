"""The documents that come down to the stations (wire/down.py)."""
