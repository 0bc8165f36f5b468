"""What the verdicts look like: text for a person, JSON for a program."""
