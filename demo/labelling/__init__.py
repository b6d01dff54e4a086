"""The page of `captcha-model label`, which serves one person on the machine that it runs on."""
