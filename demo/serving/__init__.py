"""The demo's server: settings, queue, batcher, metrics, health routes and logs."""
