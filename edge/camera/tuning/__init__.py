"""Tools for setting up a camera: they show the events that the settings find in a clip or a stream, and send nothing.

truth.py   the true events of a clip, from a file         score.py   events against the truth; pure
clip.py    a clip through the agent's watchers            report.py  the score as a table, and for programs
trial.py   the result of trying a stream                  reading.py a file or a live stream through the trial
sheet.py   some pictures of it on one sheet               plot.py    the measured values over time
"""
