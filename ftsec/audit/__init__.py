"""One answer on a fine-tuning run: stop, not enough evidence, or no reason to stop found."""
