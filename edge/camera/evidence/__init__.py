"""The pictures that prove a camera event: one of its beginning, and the seconds around it.

Everything that must not be seen is hidden in the pixels, before any picture is kept that may leave the station."""
