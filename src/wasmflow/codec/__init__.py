"""The forms that packets have outside: what is read from JSON, and what is written as it."""
