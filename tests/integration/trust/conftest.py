"""A storefront with a payment network behind it; after every test the money adds up."""

from tests.paying import (
    invariants,
    network,
    real_storefront,
    running_network,
    storefront,
)

__all__ = ["invariants", "network", "real_storefront", "running_network", "storefront"]
