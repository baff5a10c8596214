"""A lamp, a horn or a relay at the station: a command that runs at a failed test, and one when all of them were seen.

settings.py  which commands: argv, no shell
command.py   runs one within a deadline
worker.py    the thread that does so: whoever rings waits for nothing
"""
