"""Checkout: the cart, who the licensee is, the accepted contract, the way to the payment."""
