"""Floor 3, the buyer's side: what is for sale at which price, carts, orders, what was bought.

Must never know how a recording was found or made. Orders, checkout and downloads sell lines of any
kind and name none; what a kind is belongs to the feature or room that registers it.
"""
