"""Extensions of Sphinx that the book is rendered with; `_config.yml` names them."""
