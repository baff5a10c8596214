"""Samples at a station: their numbers, the layout of a run, and which result is of which sample.

    screen -(Unix socket, JSON lines)-> desk -> book -> one transaction of the spool: rows and events together
    analyzer -> recorder: `find` by the rules -> spool: result, link

The spool's database holds all of it, so that a number is given and recorded at once, also with the centre away and
through kill -9.
"""
