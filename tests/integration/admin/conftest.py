"""A till with a payment network behind it; after every test the money adds up."""

from tests.paying import (
    invariants,
    network,
    real_till,
    running_network,
    till,
)

__all__ = ["invariants", "network", "real_till", "running_network", "till"]
