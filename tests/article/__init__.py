"""The articles' own models: worked values, pinned defects, properties over the whole range."""
