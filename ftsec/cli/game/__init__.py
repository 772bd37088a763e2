"""The command `ftsec game`."""
