"""What helps: safety examples, re-alignment, gates, a provider's filters."""
