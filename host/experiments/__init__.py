"""Studies of the learning rule: cells of work that are run once and kept, tables, figures and a page for each.

One file for each study, which says what its cells are, how one is run, and what they show together. `studies` gathers
them; `runner` runs what is not yet done; `page` and `plots` show it.
"""
