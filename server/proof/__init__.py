"""Proof: the centre's signature over its own stream and over the heads of all, kept in places outside the database.

keeper (signs, makes the anchor of the hour) -> places (folder, webhook, mail, S3) -> watch (alerts that end by
themselves)
"""
