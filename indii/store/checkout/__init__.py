"""Checkout: whose cart it is, placing what lies in it, the way to the payment and back."""
