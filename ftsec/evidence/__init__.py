"""What was published: measurements, claims, references, fits, look-up."""
