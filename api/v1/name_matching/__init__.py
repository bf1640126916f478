"""The reconciliation service: which records a name may mean."""
