"""Training with exported gradients."""
