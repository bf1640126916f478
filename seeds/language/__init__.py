"""The language of mappings: from YAML to what makes records of a row."""
