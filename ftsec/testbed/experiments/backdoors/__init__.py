"""What a trigger does: planted in SFT, in an adapter, among documents."""
