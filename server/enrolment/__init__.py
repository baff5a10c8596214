"""Stations come in by a one-time code: a certificate, the registered signing key, and all that edge.toml needs."""
