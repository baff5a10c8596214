"""What proves a camera event: a picture of its beginning, and the seconds around it. What must not be seen is hidden in
the pixels, before anything is kept that may leave the station."""
