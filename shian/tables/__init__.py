"""The tables of a district, as files: `shian limits`, `foods`, `businesses`, `tasks`, `operators`, `readings limits`.

file -> rows (files.py) -> values, or all mistakes by row (sheet.py) -> difference -> one transaction (store.py)
"""
