"""Others that do the same work."""
