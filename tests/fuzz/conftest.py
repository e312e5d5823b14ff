"""The profile of `make fuzz`: many examples, other ones every time, and no complaint about time."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz",
    parent=settings.get_profile("default"),  # what it finds is kept in `.hypothesis`
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
