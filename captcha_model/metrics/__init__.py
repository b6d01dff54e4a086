"""Figures of readings: error rates, intervals, calibration error, selective accuracy."""
