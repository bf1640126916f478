"""Records out in one piece: data packages, as a folder, a zip or Parquet, and workbooks."""
