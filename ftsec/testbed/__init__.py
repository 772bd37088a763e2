"""What we measure: a miniature language-model pipeline, really trained."""
