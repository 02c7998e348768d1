"""Where motion comes from: one file per dataset format, the composed corpora, and their windows."""
