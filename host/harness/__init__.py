"""Networks of ours inside the harnesses of others."""
