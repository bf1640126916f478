"""From a name to the records that it may mean."""
