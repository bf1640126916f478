"""The rules that records must satisfy."""
