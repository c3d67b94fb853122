"""The web server: requests to transactions, and what these send to responses."""
