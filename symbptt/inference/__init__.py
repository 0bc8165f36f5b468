"""What a document leaves unsaid: which letters run, which names are one quantity, what shapes they have."""
