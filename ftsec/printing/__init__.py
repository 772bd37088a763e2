"""The whole book as one file: PDF and ePub."""
