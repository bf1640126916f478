"""The programs that measure the figures of docs/developers/performance.md."""
