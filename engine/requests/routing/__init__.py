"""The router: which waiting request is offered to whom next. It looks at the world each time and keeps nothing."""
