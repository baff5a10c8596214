"""The document that comes down from the centre (wire/down.py): foods, stalls, limits, tasks. Fetched, checked, kept.

news or every few minutes -> fetch with ETag -> checks, each with a name -> the file -> limits and searches in force
"""
