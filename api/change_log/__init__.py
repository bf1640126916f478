"""The change log as a transparency log: entries, tree, checkpoints, proofs, audit."""
