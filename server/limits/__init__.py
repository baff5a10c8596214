"""Bounds on those who ask: how often (rates)."""
