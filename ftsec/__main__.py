"""``python -m ftsec``: the command line where the ``ftsec`` script is not on the path."""

from ftsec.cli import main

main()
