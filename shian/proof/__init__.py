"""The proof on the command line: the centre's key, and an export that needs no database to be checked."""
