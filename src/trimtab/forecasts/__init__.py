"""Forecasts: mean and covariance of returns per year."""
