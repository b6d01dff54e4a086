"""The browser page: `build_demo(model)` gives it, `demo.serving.server` runs it."""
