"""The live view at the centre: one subscription a watched camera, the same bytes to everybody who watches it, and a row
in the audit for every view. Nothing is asked of a station unless somebody watches."""
