"""Texts of messages: templates in data, filled from the facts of an alert, within what a channel can carry."""
