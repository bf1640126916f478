"""A whole cluster on one machine, its primary killed ten times under writes: `make cluster`."""
