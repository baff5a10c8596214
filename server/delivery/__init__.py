"""Alerts on their way to people: claimed from the database, through a pipeline of stages, each attempt on record."""
