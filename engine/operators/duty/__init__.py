"""Whether an operator is there: his page, the offers and rings he lets pass, what a supervisor makes of his day."""
