"""The profile of `make fuzz`: many examples, and no complaint that they take long."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz",
    derandomize=False,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
