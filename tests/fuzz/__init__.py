"""Hostile input for everything that reads what others wrote.

`targets` names what is fuzzed. ``make fuzz`` (`__main__`) lets Atheris look for inputs that reach new
code, a child process (`bout`) for each target. What it finds is kept in ``corpus/`` when it is mended,
and `test_targets` replays that with the rest of the tests.
"""
