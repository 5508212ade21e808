"""Networks of other frameworks, by NIR (neuroir.org), and ours for them."""
