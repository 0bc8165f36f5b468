"""Random models with claims whose truth is decided apart from symbptt: nothing in this folder imports it."""
