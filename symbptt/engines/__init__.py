"""Three ways to judge whether two sides of a claim are identical at stated sizes: screen, exact algebra, refutation."""
