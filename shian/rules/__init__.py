"""`shian rules ...`: rules of alerts in files, and in the database of a district."""
