"""Other readers of captchas, installed, trained and measured in turns with this package."""
