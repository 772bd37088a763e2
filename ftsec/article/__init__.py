"""What the articles say: their tables and formulas as printed, defects included."""
