"""How chapters teach: the check of a computer before class, exercises, checks of answers, editions of the book."""
