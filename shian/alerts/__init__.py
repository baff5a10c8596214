"""`shian alerts ...`: alerts explained, and who was told when."""
