"""The server: its queue, settings, metrics and logs."""
