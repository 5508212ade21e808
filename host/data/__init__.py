"""Data sets: finding, reading and encoding them. `load.load_data` is all that most callers need."""
