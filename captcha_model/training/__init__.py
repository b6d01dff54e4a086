"""Training: from labelled images to a calibrated model (see `captcha_model.train`)."""
