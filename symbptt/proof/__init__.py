"""Proofs for every number of steps and every size: normal forms in index notation, one-step unfolding, induction over steps."""
