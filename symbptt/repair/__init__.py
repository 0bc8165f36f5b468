"""The formula that was meant: edits of a refuted claim, screened in a few milliseconds each, the nearest true one suggested."""
