"""The Gradio page and its API."""
