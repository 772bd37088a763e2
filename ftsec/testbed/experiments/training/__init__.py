"""What each stage of training does, and what it costs."""
