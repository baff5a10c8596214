"""What stations say about themselves -> alerts that end by themselves."""
