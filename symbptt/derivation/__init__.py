"""Derivations of gradients, written step by step from a model's own equations; every line is judged before it is printed."""
