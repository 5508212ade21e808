"""Programs that stand in for boards. Each is started, waited for and always reaped."""
