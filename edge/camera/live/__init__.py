"""The live view at the station: pictures go out on request, by a broker connection of their own, so that they never
delay a result. Nothing is sent unless somebody watches, and nothing listens.

    command -> wishes (time-boxed) -> previews (newest frame, hidden, JPEG)       -> one MQTT connection, QoS 0
                                  `-> tap on the packets -> fragments (no decoding) -'
"""
