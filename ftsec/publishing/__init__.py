"""How the book is made: executed chapters and prose are staged, rendered into a static site and checked."""
