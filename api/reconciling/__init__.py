"""The rules by which claims become figures: pure functions, named as in docs/developers/reconciling.md."""
