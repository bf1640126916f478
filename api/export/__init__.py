"""Exports of many records: data packages (a folder or a zip, with CSV or Parquet), and workbooks."""
