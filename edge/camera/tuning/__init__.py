"""Tools for whoever sets up a camera: what the settings find in a clip, and what a stream shows. They send nothing.

truth.py   what happens in a clip, read from a file      score.py   events against the truth; pure
clip.py    a clip through the agent's watchers            report.py  the score as a table, and for programs
trial.py   what a stream showed while it was tried        reading.py a file or a live stream through the trial
sheet.py   some pictures of it on one sheet               plot.py    the measured values over time
"""
