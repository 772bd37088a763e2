"""Red against blue: a classroom game on the testbed. Loaded only when it is played."""
