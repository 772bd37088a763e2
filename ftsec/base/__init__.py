"""What all rooms share: files, digests, intervals, vocabulary, words, typesetting. It knows no other room."""
