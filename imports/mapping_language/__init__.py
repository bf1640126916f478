"""The mapping language: compile a mapping in YAML into functions that make records from rows."""
