"""The live view at the station: pictures go out on request, over a broker connection of their own, so that they never
delay a result. Nothing is sent, and no camera is tapped, unless somebody watches.

    command -> wishes (time-boxed) -> previews (newest frame, hidden, JPEG)       -> one MQTT connection, QoS 0
                                  `-> tap on the packets -> fragments (no decoding) -'
"""
