"""Reading LaTeX: tokens, syntax tree, parser and printer."""
