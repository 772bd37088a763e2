"""What a team can use: gates, deduplication, filters, provenance, canaries."""
