"""The statuses of stations -> alerts that end by themselves."""
