"""Duty: who is to answer an alert now, who is next when he does not, and digests at their hours."""
