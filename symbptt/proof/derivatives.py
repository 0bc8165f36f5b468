Total: what is not a cut family is unfolded backward (at the source), by `Plan.paths` also forward (at the target), so that all that stays
are derivatives between cut quantities. Immediate: the chain rule goes on inside the step of the numerator, quantities of other steps are held.
"""

