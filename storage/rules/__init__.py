"""Rules as data: what a district wants to be told of, in TOML or by the API, checked before anything runs."""
