"""What undoes refusals: how much, by which method, with which data."""
