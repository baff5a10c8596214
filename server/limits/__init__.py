"""Bounds on those who ask: how often (rates, requests), how many at once and how slowly (connections)."""
