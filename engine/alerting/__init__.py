"""How an alert leaves the house: by mail and by webhooks, beside the loop. It holds counts and names of queues only."""
