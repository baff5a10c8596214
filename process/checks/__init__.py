"""The command `config check` of the three processes: all mistakes of the settings at once, each with its place.

findings    a mistake or a note, and its key
examining   settings as far as they can be read, with every mistake of theirs
files       each file that they name is opened, by its use
peers       whoever they name is asked, within a deadline
mqtt        the first exchange with a broker
options     of the command
command     the output and the exit code
"""
