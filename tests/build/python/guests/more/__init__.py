"""A package beside the source."""
