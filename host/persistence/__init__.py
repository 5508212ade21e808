"""Memory that keeps what was learned without power: a model of it, the store of the C on it, and how long it lasts."""
