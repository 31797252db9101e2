"""The orders, in memory. A real service has a database."""

from itertools import count

from pydantic import BaseModel


class NewOrder(BaseModel):
    item: str


class Order(NewOrder):
    id: int
    owner: str  # the `sub` of a user, because another user can get the same username later


class OrderBook:
    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._ids = count(1)

    def add(self, owner: str, new: NewOrder) -> Order:
        order = Order(id=next(self._ids), owner=owner, item=new.item)
        self._orders[order.id] = order
        return order

    def of(self, owner: str) -> list[Order]:
        return [order for order in self._orders.values() if order.owner == owner]

    def remove(self, order_id: int) -> bool:
        return self._orders.pop(order_id, None) is not None

    def __len__(self) -> int:
        return len(self._orders)
