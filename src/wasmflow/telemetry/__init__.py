"""What is known of transactions from outside: traces, metrics, and a log line for each."""
