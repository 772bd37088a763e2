"""What preference data and learnt rewards do, poisoned or optimised too far."""
