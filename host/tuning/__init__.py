"""The command tune: settings that are searched for on a validation split of the training set, within a budget."""
