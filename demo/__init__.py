"""The browser page: `build_demo(model)` gives it, `demo.server` runs it."""
