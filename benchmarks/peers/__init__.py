"""The systems that people would use instead, installed, trained and measured beside ours."""
