"""What a derivative would take before it is formed, and the cheaper ways to it."""

from .door import Forecast, forecast

__all__ = ["Forecast", "forecast"]
