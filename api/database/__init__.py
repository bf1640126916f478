"""Connection, tables, upgrades and sets of keys. No question of the domain."""
