"""Bounds on those who ask: how often (rates), how many connections and for how long (connections)."""
