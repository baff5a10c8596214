"""The cameras of a station (extra `vision`): from the stream to camera events with evidence.

    url -> stream -> capture -> latest frame -> analysis (watchers: health, activity, detection rules)
                        |                            |
                    packet ring ------------> evidence (snapshot, clip) <- episodes -> CameraV1 -> spool

Nothing here is imported unless a camera is configured: a station without cameras stays small.
"""
