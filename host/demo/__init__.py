"""What `sfdfa-codegen demo` shows: a network that learns, agrees with its emulator, and outlives its drifting sensor."""
