"""Images that are drawn, not collected."""
