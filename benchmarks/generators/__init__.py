"""Open-source captcha generators, drawn at several settings and read by several readers."""
