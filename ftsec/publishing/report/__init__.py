"""The report of a run: one page that can be sent, with the look of the book and nothing that leads to another file."""
