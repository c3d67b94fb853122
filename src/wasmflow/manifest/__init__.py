"""What the author wrote, made safe: knows files and YAML, nothing of running."""
