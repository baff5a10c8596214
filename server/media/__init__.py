"""Pictures and clips of the cameras: taken in from the stations, kept by their sha256, shown to people.

station -HEAD, PATCH-> upload (ticket, incoming) -> archive (a folder, or S3) -GET-> viewing (audited)
"""
