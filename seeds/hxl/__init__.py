"""Files with a row of HXL hashtags become mappings by their hashtags."""
