"""A service at full load for a while, beside clients that misbehave and workers that are killed.

`soak.soak` runs it; `verdict` says what was wrong. Nothing here knows more of the service than its users
do: its address, its process, its log, and what Linux says of processes.
"""
