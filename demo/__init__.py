"""The browser page: `build_demo(model)` gives it, `serve(model)` runs it."""
