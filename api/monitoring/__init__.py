"""What operators see: metrics, log lines, and the times of statements."""
