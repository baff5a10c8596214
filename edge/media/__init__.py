"""The pictures and clips of a station: kept as files by their sha256, sent to the centre once it knows of them.

    evidence -> MediaStore (data/media/ab/ab12....jpg, index.db) -> MediaWorker -> HTTPS -> centre
                                                                        ^- the spool: which event names what,
                                                                           and whether it has a receipt

Results come first: media give way on a full disk, and wait while failed tests wait.
"""
