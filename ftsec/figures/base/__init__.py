"""What all figures stand on: one style, the drawing with its alternative text, marks, rows, tables."""
