"""What makes a model remember a secret."""
