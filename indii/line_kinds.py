"""Everything that an order can sell, in one place; whoever sells a new kind of thing adds it."""

from indii.store.licenses.commands import LICENSE
from indii.store.orders.kinds import register
from indii.store.tips.commands import TIP

register(LICENSE, TIP)
